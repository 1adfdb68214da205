package signedurl_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"time"

	"github.com/warmfront/warmfront/signedurl"
)

func ExampleSigner_SignURL() {
	// Usually signedurl.ParsePrivateKey(pemFile).
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	signer := &signedurl.Signer{KeyID: "K2JCJMDEHXQW5F", PrivateKey: key, Hash: signedurl.SHA256}

	// Good for one URL until the expiry: a canned policy.
	url, err := signer.SignURL("https://media.example.com/film.mp4", signedurl.Policy{
		Expires: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC),
	})
	if err != nil {
		log.Fatal(err)
	}
	before, rest, _ := strings.Cut(url, "Signature=")
	_, after, _ := strings.Cut(rest, "&")
	fmt.Println(before + "Signature=…&" + after)

	// Good for a whole directory, from one network: a custom policy.
	_, err = signer.SignURL("https://media.example.com/films/one/index.m3u8", signedurl.Policy{
		Resource: "https://media.example.com/films/one/*",
		Expires:  time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC),
		SourceIP: netip.MustParsePrefix("203.0.113.0/24"),
	})
	fmt.Println(err)
	// Output:
	// https://media.example.com/film.mp4?Expires=1893456000&Signature=…&Key-Pair-Id=K2JCJMDEHXQW5F&Hash-Algorithm=SHA256
	// <nil>
}

func ExampleVerify() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	public, err := signedurl.NewPublicKey(key.Public()) // usually ParsePublicKey
	if err != nil {
		log.Fatal(err)
	}
	trusted := map[string]*signedurl.PublicKey{"K2JCJMDEHXQW5F": public}

	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request := signedurl.FromHTTP(r)
		viewer, _ := netip.ParseAddrPort(r.RemoteAddr)
		credentials, err := signedurl.Verify(&request, func(id string) *signedurl.PublicKey { return trusted[id] }, viewer.Addr(), time.Now())
		if refusal, ok := errors.AsType[*signedurl.Refusal](err); ok {
			w.Header().Set("Content-Type", "text/xml")
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, refusal.XML())
			return
		}
		fmt.Fprintf(w, "%s signed by %s", credentials.URL.Path, credentials.KeyPairID)
	})

	signer := &signedurl.Signer{KeyID: "K2JCJMDEHXQW5F", PrivateKey: key}
	signed, err := signer.SignURL("http://example.com/film.mp4", signedurl.Policy{Expires: time.Now().Add(time.Hour)})
	if err != nil {
		log.Fatal(err)
	}
	for _, url := range []string{signed, "http://example.com/film.mp4"} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest("GET", url, nil))
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 /film.mp4 signed by K2JCJMDEHXQW5F
	// 403 <?xml version="1.0" encoding="UTF-8"?><Error><Code>MissingKey</Code><Message>Missing Key-Pair-Id query parameter or cookie value</Message></Error>
}
