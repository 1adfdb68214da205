package s3store

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// spellings are ways to write the path of /spelled/private/film.mp4, or of
// something a careless reader would take for it. The value is the one key that
// may answer; "" stands for a refusal before any key.
var spellings = map[string]string{
	"/spelled/private/film.mp4":                       "private/film.mp4",
	"/spelled/%70rivate/film.mp4":                     "private/film.mp4",
	"/spelled/private%2Ffilm.mp4":                     "private/film.mp4",
	"/spelled/private%2ffilm.mp4":                     "private/film.mp4",
	"/spelled/private/film%2Emp4":                     "private/film.mp4",
	"/spelled/%70%72%69%76%61%74%65/film.mp4":         "private/film.mp4",
	"/%73pelled/private/film.mp4":                     "private/film.mp4",
	"/spelled/private/film.mp4?":                      "private/film.mp4",
	"/spelled/private/film.mp4?x=/other":              "private/film.mp4",
	"/spelled//private/film.mp4":                      "/private/film.mp4",
	"/spelled/private//film.mp4":                      "private//film.mp4",
	"/spelled/private/film.mp4/":                      "private/film.mp4/",
	"/spelled/private/film.mp4//":                     "private/film.mp4//",
	"/spelled/./private/film.mp4":                     "./private/film.mp4",
	"/spelled/private/./film.mp4":                     "private/./film.mp4",
	"/spelled/private/../private/film.mp4":            "private/../private/film.mp4",
	"/spelled/public/../private/film.mp4":             "public/../private/film.mp4",
	"/spelled/public/%2e%2e/private/film.mp4":         "public/../private/film.mp4",
	"/spelled/public/%2E%2E/private/film.mp4":         "public/../private/film.mp4",
	"/spelled/public/.%2e/private/film.mp4":           "public/../private/film.mp4",
	"/spelled/public%2F..%2Fprivate%2Ffilm.mp4":       "public/../private/film.mp4",
	"/spelled/public/..%2fprivate/film.mp4":           "public/../private/film.mp4",
	"/spelled/../spelled/private/film.mp4":            "../spelled/private/film.mp4",
	"/spelled/%252e%252e/private/film.mp4":            "%2e%2e/private/film.mp4",
	"/spelled/%2570rivate/film.mp4":                   "%70rivate/film.mp4",
	"/spelled/private%252Ffilm.mp4":                   "private%2Ffilm.mp4",
	"/spelled/Private/film.mp4":                       "Private/film.mp4",
	"/spelled/private/FILM.MP4":                       "private/FILM.MP4",
	"/spelled/private/film.mp4%00":                    "private/film.mp4\x00",
	"/spelled/private/film.mp4%20":                    "private/film.mp4 ",
	"/spelled/private/film.mp4+":                      "private/film.mp4+",
	"/spelled/private/film.mp4.":                      "private/film.mp4.",
	"/spelled/private/film.mp4;x":                     "private/film.mp4;x",
	"/spelled/private/film.mp4%3Fx":                   "private/film.mp4?x",
	"/spelled/private/film.mp4%23x":                   "private/film.mp4#x",
	"/spelled/private%5Cfilm.mp4":                     `private\film.mp4`,
	`/spelled/private\film.mp4`:                       `private\film.mp4`,
	"/spelled/private%c0%affilm.mp4":                  "private\xc0\xaffilm.mp4",
	"/spelled/private/%ef%bc%8ffilm.mp4":              "private/\uff0ffilm.mp4",
	"/spelled/private/fi%6cm.mp4":                     "private/film.mp4",
	"http://elsewhere/spelled/private/film.mp4":       "private/film.mp4",
	"http://elsewhere//spelled/private/film.mp4":      "",
	"//spelled/private/film.mp4":                      "",
	"///spelled/private/film.mp4":                     "",
	"/./spelled/private/film.mp4":                     "",
	"/x/../spelled/private/film.mp4":                  "",
	"/%2e%2e/spelled/private/film.mp4":                "",
	"/spelled%2Fprivate%2Ffilm.mp4":                   "",
	"/spelled/private/film.mp4%":                      "",
	"/spelled/private/film.mp4%4":                     "",
	"/spelled/private/film%zz.mp4":                    "",
	"/spelled/private/film.mp4#x":                     "",
	"/SPELLED/private/film.mp4":                       "",
	"/spelled/private/" + strings.Repeat("%61", 1100): "",
}

// TestSpellings reads every spelling with the owner's signature from a store
// where each key that a spelling exactly means holds its own name, and from one
// that holds the private object only.
func TestSpellings(t *testing.T) {
	t.Parallel()
	full, sparse := newWorld(t), newWorld(t)
	full.bucket("spelled")
	sparse.bucket("spelled")
	sparse.put("spelled", "private/film.mp4", "private/film.mp4")
	for _, key := range spellings {
		if key != "" {
			if a := full.raw(root, "PUT", "/spelled/"+escapeKey(key), key); a.status != 200 {
				t.Fatalf("put %q: %d %s", key, a.status, a.body)
			}
		}
	}
	for target, key := range spellings {
		a := full.raw(root, "GET", target, "")
		if key == "" && (a.status < 400 || a.status >= 500) || key != "" && (a.status != 200 || a.body != key) {
			t.Errorf("%s: %d %.200s, want key %q", target, a.status, a.body, key)
		}
		a = sparse.raw(root, "GET", target, "")
		if key == "private/film.mp4" {
			if a.status != 200 {
				t.Errorf("%s: %d in the sparse store", target, a.status)
			}
		} else if a.status < 400 || key != "" && !strings.Contains(a.body, "<Code>NoSuchKey</Code>") {
			t.Errorf("%s reads another key: %d %.200s", target, a.status, a.body)
		}
		if a := sparse.raw(nobody, "GET", target, ""); a.status < 400 || a.status >= 500 {
			t.Errorf("%s unsigned: %d", target, a.status)
		}
	}
}

// TestPolicyByKey lets an identity read public/ only and tries every spelling.
func TestPolicyByKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("spelled")
	w.put("spelled", "private/film.mp4", "secret")
	w.policy("spelled", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"`+accessID.ARN+`"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::spelled/public/*"}}`)
	for target := range spellings {
		if a := w.raw(accessID, "GET", target, ""); a.status < 400 || strings.Contains(a.body, "secret") {
			t.Errorf("%s: %d", target, a.status)
		}
	}
}

// raw sends a request target exactly as given.
func (w *world) raw(i Identity, method, target, body string) answer {
	w.t.Helper()
	return w.wire(w.rawRequest(i, method, target, body), method)
}

// wire sends the bytes of one request on a connection of its own.
func (w *world) wire(request, method string) answer {
	w.t.Helper()
	conn, err := net.Dial("tcp", w.addr)
	w.check(err)
	defer conn.Close()
	w.check(conn.SetDeadline(time.Now().Add(2 * time.Minute)))
	_, err = io.WriteString(conn, request)
	w.check(err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	w.check(err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	w.check(err)
	return answer{resp.StatusCode, resp.Header, string(b)}
}

func (w *world) rawRequest(i Identity, method, target, body string) string {
	w.t.Helper()
	path, query, _ := strings.Cut(originForm(target), "?")
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n", method, target, w.addr, len(body))
	if i.Kind != 0 {
		// The signer takes the path from Opaque, untouched.
		req := &http.Request{Method: method, Host: w.addr, Header: http.Header{}, URL: &url.URL{Scheme: "http", Host: w.addr, Opaque: "//" + w.addr + path, RawQuery: query}}
		hash := hexSHA256([]byte(body))
		req.Header.Set("X-Amz-Content-Sha256", hash)
		signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
		w.check(signer.SignHTTP(context.Background(), aws.Credentials{AccessKeyID: i.AccessKeyID, SecretAccessKey: i.SecretAccessKey}, req, hash, "s3", "us-east-1", w.now()))
		for name, values := range req.Header {
			head += name + ": " + values[0] + "\r\n"
		}
	}
	return head + "\r\n" + body
}
