package conformance

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/warmfront/warmfront/test/harness"
)

// A bucket in an S3-compatible store elsewhere, here another server's, is an origin by
// settings: only for the distributions its settings name.
func TestS3Elsewhere(t *testing.T) {
	t.Parallel()
	elsewhere := harness.Start(t)
	elsewhere.AWS("s3", "mb", "s3://films")
	elsewhere.AWS("s3", "mb", "s3://secrets")
	file := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(file, []byte("from elsewhere\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	elsewhere.AWS("s3", "cp", "--quiet", file, "s3://films/dir/a b.txt")
	elsewhere.AWS("s3", "cp", "--quiet", file, "s3://secrets/a.txt")

	settings := filepath.Join(t.TempDir(), "warmfront.yaml")
	text := fmt.Sprintf("external-s3:\n- host-suffix: s3.elsewhere.example\n  endpoint: %s\n  region: us-east-1\n"+
		"  access-key-id: %s\n  secret-access-key: %s\n  buckets:\n    films: ['*']\n    secrets: [E0000000000000]\n",
		elsewhere.Endpoints.API, elsewhere.Root.AccessKeyID, elsewhere.Root.SecretAccessKey)
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := harness.Start(t, "--config", settings)
	for bucket, want := range map[string]struct {
		path   string
		status int
	}{"films": {"/dir/a%20b.txt", 200}, "secrets": {"/a.txt", 403}} {
		w := &site{Server: s, t: t, bucket: bucket, identity: identity{
			originFields:   map[string]any{"DomainName": bucket + ".s3.elsewhere.example", "S3OriginConfig": map[string]any{"OriginAccessIdentity": ""}},
			behaviorFields: map[string]any{"ViewerProtocolPolicy": "allow-all", "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6"},
		}}
		w.createDistribution()
		w.AWS("cloudfront", "wait", "distribution-deployed", "--id", w.id)
		resp, body := w.get(t, w.url(want.path))
		if resp.StatusCode != want.status || want.status == 200 && string(body) != "from elsewhere\n" {
			t.Errorf("%s: %d %s", bucket, resp.StatusCode, body)
		}
		if u, err := url.Parse(elsewhere.Endpoints.API); err != nil || strings.Contains(string(body), u.Host) {
			t.Errorf("%s: the answer names the store's address: %s %v", bucket, body, err)
		}
	}
}
