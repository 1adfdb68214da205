package conformance

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/warmfront/warmfront/test/harness"
)

// makeTree writes a small tree with awkward names and one file of several parts.
func makeTree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	random := rand.NewChaCha8([32]byte{2})
	for name, size := range map[string]int{
		"plain.txt": 10, "empty": 0, "a/b/c.bin": 70_000, "a/b.txt": 5, "space and+plus%.txt": 12,
		"ünïcödé/日本語.txt": 33, "quote'\".txt": 1, "big.bin": 20 << 20,
	} {
		body := make([]byte, size)
		random.Read(body)
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, body, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// sameTree compares two trees file by file.
func sameTree(t *testing.T, want, got string) {
	t.Helper()
	count := 0
	err := filepath.WalkDir(want, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		count++
		rel, err := filepath.Rel(want, p)
		if err != nil {
			return err
		}
		a, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		b, err := os.ReadFile(filepath.Join(got, rel))
		if err != nil {
			return err
		}
		if !bytes.Equal(a, b) {
			t.Errorf("%s came back with other bytes", rel)
		}
		return nil
	})
	if err != nil || count == 0 {
		t.Errorf("%d files compared: %v", count, err)
	}
}

func TestRcloneCopiesATree(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	tree, back := makeTree(t), t.TempDir()
	config := filepath.Join(t.TempDir(), "rclone.conf")
	text := fmt.Sprintf("[wf]\ntype = s3\nprovider = Other\nendpoint = %s\naccess_key_id = %s\nsecret_access_key = %s\n",
		s.Endpoints.API, s.Root.AccessKeyID, s.Root.SecretAccessKey)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	rclone := func(args ...string) string {
		return s.Command("rclone", append([]string{"--config", config, "--s3-upload-cutoff", "5M", "--s3-chunk-size", "5M"}, args...)...)
	}
	rclone("mkdir", "wf:tree")
	rclone("copy", tree, "wf:tree/deep")
	rclone("check", tree, "wf:tree/deep")
	rclone("copy", "wf:tree/deep", back)
	sameTree(t, tree, back)
	rclone("purge", "wf:tree")
}

func TestS3cmdCopiesATree(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	tree, back := makeTree(t), t.TempDir()
	config := filepath.Join(t.TempDir(), "s3cfg")
	host := strings.TrimPrefix(s.Endpoints.API, "http://")
	text := fmt.Sprintf("[default]\naccess_key = %s\nsecret_key = %s\nhost_base = %s\nhost_bucket = %s\nuse_https = False\n",
		s.Root.AccessKeyID, s.Root.SecretAccessKey, host, host)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s3cmd := func(args ...string) string {
		return s.Command("s3cmd", append([]string{"-c", config, "--no-progress"}, args...)...)
	}
	s3cmd("mb", "s3://tree")
	s3cmd("sync", tree+"/", "s3://tree/deep/")
	s3cmd("sync", "s3://tree/deep/", back+"/")
	sameTree(t, tree, back)
	s3cmd("del", "--recursive", "--force", "s3://tree/deep/")
	s3cmd("rb", "s3://tree")
}

func TestAWSCLISyncsATree(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	tree, back := makeTree(t), t.TempDir()
	s.AWS("s3", "mb", "s3://tree")
	s.AWS("s3", "sync", "--quiet", tree, "s3://tree/deep")
	s.AWS("s3", "cp", "--quiet", "--recursive", "s3://tree/deep", "s3://tree/copy")
	s.AWS("s3", "sync", "--quiet", "s3://tree/copy", back)
	sameTree(t, tree, back)
	s.AWS("s3", "rb", "--force", "s3://tree")
}

// boto3Script presigns GET and PUT, then creates a distribution and waits for it.
const boto3Script = `
import sys, time, urllib.request, boto3
s3, cf = boto3.client("s3", endpoint_url=sys.argv[1]), boto3.client("cloudfront", endpoint_url=sys.argv[1])
s3.create_bucket(Bucket="boto")
put = s3.generate_presigned_url("put_object", Params={"Bucket": "boto", "Key": "a key+%.txt"})
urllib.request.urlopen(urllib.request.Request(put, data=b"hello", method="PUT", headers={"Content-Type": ""}))
get = s3.generate_presigned_url("get_object", Params={"Bucket": "boto", "Key": "a key+%.txt"})
assert urllib.request.urlopen(get).read() == b"hello"
for version in ("s3", "s3v4"):
    signed = boto3.client("s3", endpoint_url=sys.argv[1], config=boto3.session.Config(signature_version=version))
    url = signed.generate_presigned_url("get_object", Params={"Bucket": "boto", "Key": "a key+%.txt"})
    assert urllib.request.urlopen(url).read() == b"hello", version
    try:
        urllib.request.urlopen(url.replace("a%20key", "b%20key"))
        raise AssertionError("a presigned URL for another key was admitted")
    except urllib.error.HTTPError as e:
        assert e.code == 403, e.code
began = time.monotonic()
made = cf.create_distribution(DistributionConfig={
    "CallerReference": "boto", "Comment": "", "Enabled": True,
    "Origins": {"Quantity": 1, "Items": [{"Id": "o", "DomainName": "boto.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}]},
    "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all", "MinTTL": 0,
        "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}}},
})
cf.get_waiter("distribution_deployed").wait(Id=made["Distribution"]["Id"])
print(time.monotonic() - began)
`

func TestBoto3(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	out := s.Command(pythonWith(t, "boto3"), "-c", boto3Script, s.Endpoints.API)
	var seconds float64
	if _, err := fmt.Sscan(out, &seconds); err != nil {
		t.Fatalf("%q: %v", out, err)
	}
	// The waiter's second poll would come after a minute: the first must have been enough.
	if seconds > 30 {
		t.Errorf("create and wait took %.1f s", seconds)
	}
	t.Logf("create and wait took %.3f s", seconds)
}
