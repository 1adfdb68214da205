package conformance

import (
	"bytes"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/cloudfront/sign"

	"github.com/warmfront/warmfront/signedurl"
	"github.com/warmfront/warmfront/test/harness"
)

// job is what a signer is asked for; the scripts in signers/ read it as JSON.
type job struct {
	Signer         string `json:"signer"`
	Kind           string `json:"kind"` // url or cookies
	URL            string `json:"url"`
	KeyID          string `json:"keyId"`
	PrivateKey     string `json:"privateKey"`
	PrivateKeyFile string `json:"privateKeyFile"`
	Expires        int64  `json:"expires"`            // Unix seconds
	Starts         int64  `json:"starts,omitempty"`   // Unix seconds
	Address        string `json:"address,omitempty"`  // CIDR
	Resource       string `json:"resource,omitempty"` // wildcard of a custom policy
	Hash           string `json:"hash,omitempty"`
}

// signed is what a signer makes: a URL, or cookies by name.
type signed struct {
	URL     string         `json:"url"`
	Cookies map[string]any `json:"cookies"`
}

// signer is one third-party signer and what it can do.
type signer struct {
	name     string
	run      func(*testing.T, *site, job) signed
	cookies  bool
	wildcard bool // custom policies over another Resource than the URL
	sha256   bool
}

func TestSignersAreAdmittedUnchanged(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	w := newSite(t, s, "signers", modern)
	w.upload("a/b.txt", "text/plain", []byte("signed\n"))
	for _, signer := range []signer{
		{name: "@aws-sdk/cloudfront-signer", run: node, cookies: true, wildcard: true, sha256: true},
		{name: "aws-sdk", run: node, cookies: true, wildcard: true},
		{name: "aws-cloudfront-sign", run: node, cookies: true},
		{name: "botocore", run: botocore},
		{name: "aws cloudfront sign", run: awsCLI},
		{name: "aws-sdk-go-v2", run: goSDK, cookies: true, wildcard: true},
	} {
		t.Run(signer.name, func(t *testing.T) {
			t.Parallel()
			for _, j := range signer.jobs(w) {
				j.Signer, j.KeyID, j.PrivateKeyFile, j.PrivateKey = signer.name, w.keyID, w.keyFile, readFile(t, w.keyFile)
				w.admits(t, j, signer.run(t, w, j))
			}
		})
	}
}

// jobs lists every combination the signer can do.
func (s signer) jobs(w *site) []job {
	base := job{URL: w.url("/a/b.txt"), Expires: time.Now().Add(time.Hour).Unix()}
	variants := []job{base, base, base, base}
	variants[1].Starts = time.Now().Add(-time.Hour).Unix()
	variants[2].Address = "127.0.0.0/8"
	variants[3].URL += "?size=large&x=1"
	if s.wildcard {
		wildcard := base
		wildcard.Resource = w.url("/a/*")
		variants = append(variants, wildcard)
	}
	if s.sha256 {
		for _, v := range variants {
			v.Hash = "SHA256"
			variants = append(variants, v)
		}
	}
	kinds := []string{"url"}
	if s.cookies {
		kinds = append(kinds, "cookies")
	}
	var jobs []job
	for _, kind := range kinds {
		for _, v := range variants {
			v.Kind = kind
			jobs = append(jobs, v)
		}
	}
	return jobs
}

// admits proves that the edge admits what was signed, and nothing when it is damaged.
func (w *site) admits(t *testing.T, j job, got signed) {
	t.Helper()
	what := fmt.Sprintf("%s %s starts=%d address=%q resource=%q hash=%q", j.Signer, j.Kind, j.Starts, j.Address, j.Resource, j.Hash)
	url, cookies := got.URL, make([]string, 0, len(got.Cookies))
	if j.Kind == "cookies" {
		url = j.URL
		for name, value := range got.Cookies {
			if number, ok := value.(float64); ok {
				value = strconv.FormatInt(int64(number), 10)
			}
			cookies = append(cookies, fmt.Sprintf("%s=%v", name, value))
		}
	}
	if resp, body := w.get(t, url, "Cookie", strings.Join(cookies, "; ")); resp.StatusCode != 200 || !bytes.Equal(body, w.files["a/b.txt"]) {
		t.Errorf("%s: %d %s\n%s %s", what, resp.StatusCode, body, url, cookies)
	}
	damaged := strings.NewReplacer("Signature=", "Signature=AAAA")
	if resp, _ := w.get(t, damaged.Replace(url), "Cookie", damaged.Replace(strings.Join(cookies, "; "))); resp.StatusCode != 403 {
		t.Errorf("%s: admitted although damaged: %d", what, resp.StatusCode)
	}
}

func node(t *testing.T, w *site, j job) signed { return script(t, w, j, "node", "signers/sign.mjs") }

func botocore(t *testing.T, w *site, j job) signed {
	return script(t, w, j, pythonWithBoto3(t), "signers/sign.py")
}

func script(t *testing.T, w *site, j job, command ...string) signed {
	t.Helper()
	out := w.CommandInput(strings.NewReader(w.json(j)), command[0], command[1:]...)
	var got signed
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%s printed %q: %v", j.Signer, out, err)
	}
	return got
}

func awsCLI(t *testing.T, w *site, j job) signed {
	t.Helper()
	var more []string
	if j.Starts != 0 {
		more = append(more, "--date-greater-than", strconv.FormatInt(j.Starts, 10))
	}
	if j.Address != "" {
		more = append(more, "--ip-address", j.Address)
	}
	return signed{URL: w.sign(j.URL, time.Unix(j.Expires, 0), more...)}
}

func goSDK(t *testing.T, _ *site, j job) signed {
	t.Helper()
	key, err := signedurl.ParsePrivateKey([]byte(j.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	resource := j.Resource
	if resource == "" {
		resource = j.URL
	}
	policy := &sign.Policy{Statements: []sign.Statement{{Resource: resource, Condition: sign.Condition{
		DateLessThan: sign.NewAWSEpochTime(time.Unix(j.Expires, 0)),
	}}}}
	if j.Starts != 0 {
		policy.Statements[0].Condition.DateGreaterThan = sign.NewAWSEpochTime(time.Unix(j.Starts, 0))
	}
	if j.Address != "" {
		policy.Statements[0].Condition.IPAddress = &sign.IPAddress{SourceIP: j.Address}
	}
	if j.Kind == "url" {
		urlSigner := sign.NewURLSigner(j.KeyID, key.(*rsa.PrivateKey))
		var url string
		if j.Starts == 0 && j.Address == "" && j.Resource == "" {
			url, err = urlSigner.Sign(j.URL, time.Unix(j.Expires, 0))
		} else {
			url, err = urlSigner.SignWithPolicy(j.URL, policy)
		}
		if err != nil {
			t.Fatal(err)
		}
		return signed{URL: url}
	}
	var cookies []*http.Cookie
	if cookies, err = sign.NewCookieSigner(j.KeyID, key.(*rsa.PrivateKey)).SignWithPolicy(policy); err != nil {
		t.Fatal(err)
	}
	got := signed{Cookies: map[string]any{}}
	for _, c := range cookies {
		got.Cookies[c.Name] = c.Value
	}
	return got
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
