package conformance

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/test/harness"
)

// TestBasePath does the recipe below a path prefix with the AWS CLI, which makes presigned URLs
// of version 2 and of version 4 and buckets in paths, and with boto3 and buckets in host names.
func TestBasePath(t *testing.T) {
	t.Parallel()
	const token = "a-token-of-the-test"
	s := harness.Start(t, "--base-path", "/behind/warmfront", "--metrics-token", token)
	if !strings.HasSuffix(s.Endpoints.API, "/behind/warmfront") {
		t.Fatalf("the server says it is at %s", s.Endpoints.API)
	}
	w := newSite(t, s, "based", modern)
	w.upload("a.txt", "text/plain", []byte("below a path"))
	if resp, body := w.get(t, w.sign(w.url("/a.txt"), time.Now().Add(time.Hour))); resp.StatusCode != 200 || string(body) != "below a path" {
		t.Errorf("through the edge: %d %q", resp.StatusCode, body)
	}
	if out := s.AWS("s3", "ls"); !strings.Contains(out, " based\n") {
		t.Errorf("buckets: %s", out)
	}
	for name, value := range map[string]string{"version 2": "s3", "version 4": "s3v4"} {
		s.Command("aws", "configure", "set", "default.s3.signature_version", value)
		link := strings.TrimSpace(s.AWS("s3", "presign", "s3://based/a.txt"))
		if status, body := fetch(t, link, ""); status != 200 || body != "below a path" {
			t.Errorf("%s: %s: %d %s", name, link, status, body)
		}
	}
	if out := s.Command(pythonWith(t, "boto3"), filepath.Join("testdata", "basepath.py")); out != "below a path, in its host\n" {
		t.Errorf("boto3: %q", out)
	}

	if out := s.Command(harness.Binary(t), "env", "--data", string(s.Dir)); !strings.Contains(out, "AWS_ENDPOINT_URL="+s.Endpoints.API+"\n") {
		t.Errorf("env: %s", out)
	}
	if link := s.Command(harness.Binary(t), "console", "--print", "--data", string(s.Dir)); !strings.HasPrefix(link, s.Endpoints.API+"/console/#link=") {
		t.Errorf("console: %s", link)
	}
	film := filepath.Join(t.TempDir(), "film.txt")
	if err := os.WriteFile(film, []byte("shared"), 0o600); err != nil {
		t.Fatal(err)
	}
	shared := strings.TrimSpace(s.Command(harness.Binary(t), "share", "--data", string(s.Dir), "--key-dir", t.TempDir(), film))
	if resp, body := w.get(t, shared); resp.StatusCode != 200 || string(body) != "shared" {
		t.Errorf("share: %s: %d %s", shared, resp.StatusCode, body)
	}

	root := strings.TrimSuffix(s.Endpoints.API, "/behind/warmfront")
	for target, want := range map[string]int{
		"/behind/warmfront/healthz": 200, "/behind/warmfront/readyz": 200, "/behind/warmfront/metrics": 200, "/behind/warmfront/console/": 200,
		"/healthz": 404, "/metrics": 404, "/console/": 404, "/based/a.txt": 404, "/": 404,
	} {
		if status, _ := fetch(t, root+target, token); status != want {
			t.Errorf("%s: %d, want %d", target, status, want)
		}
	}
}

// fetch asks the API address for a URL, /metrics with a bearer token.
func fetch(t *testing.T, address, token string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" && strings.HasSuffix(address, "/metrics") {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}
