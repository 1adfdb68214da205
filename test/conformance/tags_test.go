package conformance

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/warmfront/warmfront/test/harness"
)

// TestCacheTagsOfObjects tags objects by their metadata, as S3 origins do, and invalidates by tag
// with the AWS CLI.
func TestCacheTagsOfObjects(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	w := newSite(t, s, "tagged", func(w *site) {
		modern(w)
		delete(w.behaviorFields, "TrustedKeyGroups")
	})
	if out := s.Command(pythonWith(t, "boto3"), "lives/tagheader.py", w.id, "x-amz-meta-cache-tag"); strings.TrimSpace(out) != "done" {
		t.Fatalf("printed %q", out)
	}
	put := func(key, body, tags string) {
		file := filepath.Join(t.TempDir(), "upload")
		if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		s.AWS("s3", "cp", "--quiet", "--metadata", w.json(map[string]string{"cache-tag": tags}), file, "s3://tagged/"+key)
	}
	expect := func(key, cache, body string) {
		t.Helper()
		resp, err := s.Viewer().Get(w.url("/" + key))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		got, err := io.ReadAll(resp.Body)
		if x := resp.Header.Get("X-Cache"); err != nil || resp.StatusCode != http.StatusOK || x != cache+" from cloudfront" || string(got) != body {
			t.Errorf("/%s: %d %q %q (%v), want %q %q", key, resp.StatusCode, x, got, err, cache, body)
		}
	}
	for _, version := range []string{"one", "two"} {
		put("a/film.m3u8", version, "film:7, season:1")
		put("b/other.m3u8", version, "film:8, season:1")
		if version == "two" {
			var made struct{ Invalidation struct{ Id string } }
			w.awsJSON(&made, "cloudfront", "create-invalidation", "--distribution-id", w.id, "--paths", "#FILM:7", "/nothing")
			s.AWS("cloudfront", "wait", "invalidation-completed", "--distribution-id", w.id, "--id", made.Invalidation.Id)
			expect("b/other.m3u8", "Hit", "one")
		}
		expect("a/film.m3u8", "Miss", version)
		if version == "one" {
			expect("b/other.m3u8", "Miss", "one")
		}
		expect("a/film.m3u8", "Hit", version)
	}
	if text := s.AWSFails("cloudfront", "create-invalidation", "--distribution-id", w.id, "--paths", "#film:*"); !strings.Contains(text, "InvalidArgument") {
		t.Errorf("a tag with a star: %s", text)
	}
}
