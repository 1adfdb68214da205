package conformance

import (
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/edge"
	"github.com/warmfront/warmfront/signedurl"
	"github.com/warmfront/warmfront/test/harness"
)

// explain runs `warmfront explain` and returns what it prints and its exit status.
func (w *site) explain(t *testing.T, args ...string) (string, int) {
	t.Helper()
	cmd := exec.Command(harness.Binary(t), append([]string{"explain"}, args...)...)
	cmd.Env = w.Env()
	out, err := cmd.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return string(out), exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(out), 0
}

// mistake is a signature by a third-party signer and what became of it.
type mistake struct {
	name   string
	url    string
	cookie string
	cause  signedurl.Cause // "" when it is admitted
}

// TestExplainTellsWhatTheEdgeDoes asks the running server about requests that are then made:
// verdict, code and status must be those the edge answers with, and the mistake must be named.
func TestExplainTellsWhatTheEdgeDoes(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	w := newSite(t, s, "explained", modern)
	w.upload("a/b c.txt", "text/plain", []byte("signed\n"))
	for _, m := range w.mistakes(t) {
		text, status := w.explain(t, m.url, "--server", "--data", string(w.Dir), "--cookie", m.cookie, "--ip", "127.0.0.1", "--json")
		var x edge.Explanation
		if err := json.Unmarshal([]byte(text), &x); err != nil {
			t.Fatalf("%s: %v: %s", m.name, err, text)
		}
		resp, body := w.get(t, m.url, "Cookie", m.cookie)
		switch {
		case m.cause == "" && (status != 0 || x.Verdict != signedurl.Admitted || resp.StatusCode != 200):
			t.Errorf("%s: the edge answers %d %s, explained (%d) as %s", m.name, resp.StatusCode, body, status, text)
		case m.cause == "":
		case status != 1 || x.Status != resp.StatusCode || x.Report == nil || !strings.Contains(string(body), "<Code>"+x.Report.Refusal.Code+"</Code>"):
			t.Errorf("%s: the edge answers %d %s, explained (%d) as %s", m.name, resp.StatusCode, body, status, text)
		case !x.Report.Found(m.cause):
			t.Errorf("%s: %s was not found: %+v", m.name, m.cause, x.Report.Findings)
		}
		if x.Distribution == nil || x.Distribution.ID != w.id || x.Behavior.Pattern != "*" || !x.Behavior.Restricted {
			t.Errorf("%s: explained by %+v %+v", m.name, x.Distribution, x.Behavior)
		}
	}
}

func (w *site) mistakes(t *testing.T) []mistake {
	t.Helper()
	hour := time.Now().Add(time.Hour)
	own, bucket := w.url("/a/b%20c.txt"), "https://"+w.bucket+".s3.amazonaws.com/a/b%20c.txt"
	good := w.sign(own, hour)
	base := job{Kind: "url", URL: own, KeyID: w.keyID, PrivateKeyFile: w.keyFile, PrivateKey: readFile(t, w.keyFile), Expires: hour.Unix()}
	by := func(signer string, change func(*job)) signed {
		j := base
		j.Signer = signer
		change(&j)
		if signer == "botocore" {
			return botocore(t, w, j)
		}
		return node(t, w, j)
	}
	header := func(s signed) string {
		var list []string
		for name, value := range s.Cookies {
			if n, ok := value.(float64); ok {
				value = strconv.FormatInt(int64(n), 10)
			}
			list = append(list, name+"="+value.(string))
		}
		return strings.Join(list, "; ")
	}
	moved := func(s, from string) string { return own + strings.TrimPrefix(s, from) }
	cookies := header(by("@aws-sdk/cloudfront-signer", func(j *job) { j.Kind, j.Resource = "cookies", w.url("/a/*") }))
	return []mistake{
		{"good", good, "", ""},
		{"good cookies", own, cookies, ""},
		{"unsigned", own, "", signedurl.CauseUnsigned},
		{"expired", w.sign(own, hour.Add(-2*time.Hour)), "", signedurl.CauseExpired},
		{"milliseconds", by("aws-sdk", func(j *job) { j.Expires *= 1000 }).URL, "", signedurl.CauseMilliseconds},
		{"the bucket's URL signed", moved(by("botocore", func(j *job) { j.URL = bucket }).URL, bucket), "", signedurl.CauseS3Host},
		{"signed decoded, asked for encoded", moved(by("botocore", func(j *job) { j.URL = strings.Replace(own, "%20", " ", 1) }).URL, strings.Replace(own, "%20", " ", 1)), "", signedurl.CausePathEncoding},
		{"a wildcard without a policy", own, header(by("aws-sdk", func(j *job) { j.Kind, j.URL = "cookies", w.url("/a/*") })), signedurl.CauseCannedWildcard},
		{"http signed", "https" + strings.TrimPrefix(by("botocore", func(j *job) { j.URL = "http" + strings.TrimPrefix(own, "https") }).URL, "http"), "", signedurl.CauseScheme},
		{"query added", good + "&utm_source=mail", "", signedurl.CauseQuery},
		{"SHA-256 without its marker", strings.Replace(by("@aws-sdk/cloudfront-signer", func(j *job) { j.Hash = "SHA256" }).URL, "&Hash-Algorithm=SHA256", "", 1), "", signedurl.CauseHashMarker},
		{"another address", w.sign(own, hour, "--ip-address", "192.0.2.0/24"), "", signedurl.CauseAddress},
		{"an unknown key", strings.Replace(good, w.keyID, "KAAAAAAAAAAAAA", 1), "", signedurl.CauseOtherKey},
		{"an access key", strings.Replace(good, w.keyID, w.Root.AccessKeyID, 1), "", signedurl.CauseOtherKey},
		{"standard base64", standardBase64(good), "", signedurl.CauseStandardBase64},
		{"another private key", own + strings.TrimPrefix(w.signWithOther(t, own, hour), own), "", signedurl.CauseKeyMismatch},
		{"cookies of another folder", w.url("/b/x"), cookies, signedurl.CausePath},
		{"cookies behind a query", own + "?Expires=never", cookies, signedurl.CauseCookiesShadowed},
	}
}

// standardBase64 spells a URL's signature in the usual alphabet, its plus signs escaped.
func standardBase64(url string) string {
	before, rest, _ := strings.Cut(url, "Signature=")
	signature, after, _ := strings.Cut(rest, "&")
	return before + "Signature=" + strings.NewReplacer("~", "/", "_", "=", "-", "%2B").Replace(signature) + "&" + after
}

// signWithOther signs with a private key that nobody registered.
func (w *site) signWithOther(t *testing.T, url string, expires time.Time) string {
	t.Helper()
	other := filepath.Join(t.TempDir(), "other.pem")
	w.Command("openssl", "genrsa", "-traditional", "-out", other, "2048")
	return strings.TrimSpace(w.Command(harness.Binary(t), "sign", "url", "--key", other, "--key-id", w.keyID, "--expires", expires.Format(time.RFC3339), url))
}

// TestExplainForPeople reads the command's text, offline and against the server.
func TestExplainForPeople(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	w := newSite(t, s, "explained-legacy", legacy)
	w.upload("a.txt", "text/plain", []byte("signed\n"))
	url := w.sign(w.url("/a.txt"), time.Now().Add(time.Hour))
	public := filepath.Join(filepath.Dir(w.keyFile), "rsa-"+w.keyID+".pem")
	server := []string{"--server", "--data", string(w.Dir)}

	for name, args := range map[string][]string{"offline": {url, "--public-key", public}, "server": append([]string{url}, server...)} {
		text, status := w.explain(t, args...)
		if status != 0 || !strings.HasPrefix(text, "ADMITTED\n") || !strings.Contains(text, "✓ signature") || strings.Contains(text, "✗") {
			t.Errorf("%s: status %d\n%s", name, status, text)
		}
		if name == "server" && (!strings.Contains(text, w.id) || !strings.Contains(text, w.bucket+".s3.amazonaws.com") || !strings.Contains(text, "cache key     "+w.id+" /a.txt")) {
			t.Errorf("%s\n%s", name, text)
		}
	}
	if text, status := w.explain(t, url); status != 2 || !strings.HasPrefix(text, "NOT DECIDED") {
		t.Errorf("without a key: status %d\n%s", status, text)
	}
	if text, status := w.explain(t, append([]string{strings.Replace(w.url("/a.txt"), w.domain, "localhost", 1)}, server...)...); status != 1 || !strings.Contains(text, "No enabled distribution answers") {
		t.Errorf("another host: status %d\n%s", status, text)
	}
	insecure := strings.Replace(strings.Replace(url, "https:", "http:", 1), ":"+w.HTTPSPort(), ":"+w.HTTPPort(), 1)
	if text, status := w.explain(t, append([]string{insecure}, server...)...); status != 0 || !strings.Contains(text, "redirected to HTTPS") {
		t.Errorf("in clear text: status %d\n%s", status, text)
	}
	if text, status := w.explain(t, append([]string{url, "--at", "2h"}, server...)...); status != 1 || !strings.Contains(text, "Expired") {
		t.Errorf("in two hours: status %d\n%s", status, text)
	}
	resp, _ := w.get(t, url+"&added=1")
	if text, status := w.explain(t, "--request-id", resp.Header.Get("X-Amz-Cf-Id"), "--data", string(w.Dir)); status != 1 || !strings.Contains(text, "/a.txt?added=1") || strings.Contains(text, "Signature=") {
		t.Errorf("by request id: status %d\n%s", status, text)
	}
	w.Command(harness.Binary(t), "keypair", "deactivate", w.keyID, "--data", string(w.Dir))
	text, status := w.explain(t, append([]string{url}, server...)...)
	if status != 1 || !strings.Contains(text, "403 InvalidKey") || !strings.Contains(text, "inactive key pair") {
		t.Errorf("deactivated: status %d\n%s", status, text)
	}
	t.Logf("\n%s", text)
}
