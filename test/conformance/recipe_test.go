package conformance

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/warmfront/warmfront/test/harness"
)

// site is what the recipe makes: a bucket, a distribution before it, and a key that signs.
type site struct {
	*harness.Server
	t       *testing.T
	bucket  string
	id      string // of the distribution
	arn     string
	domain  string
	keyID   string
	keyFile string
	files   map[string][]byte
	identity
}

// identity is how a form of the recipe lets CloudFront, and nobody else, read the bucket.
type identity struct {
	originFields    map[string]any // of the origin in the distribution's configuration
	behaviorFields  map[string]any // of the default cache behavior
	policyStatement func(arn string) map[string]any
	cleanUp         func()
}

// newSite does the recipe up to a deployed distribution with the AWS CLI: the legacy form
// (origin access identity, trusted signer self, key pair, ForwardedValues) or the modern one
// (origin access control, key group, managed cache policy).
func newSite(t *testing.T, s *harness.Server, bucket string, prepare func(*site)) *site {
	t.Helper()
	w := &site{Server: s, t: t, bucket: bucket, files: map[string][]byte{}}
	w.AWS("s3", "mb", "s3://"+bucket)
	prepare(w)
	w.createDistribution()
	w.AWS("cloudfront", "wait", "distribution-deployed", "--id", w.id)
	policy := map[string]any{"Version": "2008-10-17", "Id": "PolicyForCloudFrontPrivateContent", "Statement": []any{w.policyStatement(w.arn)}}
	w.AWS("s3api", "put-bucket-policy", "--bucket", bucket, "--policy", w.json(policy))
	return w
}

func legacy(w *site) {
	var out struct {
		CloudFrontOriginAccessIdentity struct{ Id, S3CanonicalUserId string }
		ETag                           string
	}
	w.awsJSON(&out, "cloudfront", "create-cloud-front-origin-access-identity",
		"--cloud-front-origin-access-identity-config", "CallerReference="+w.bucket+",Comment="+w.bucket)
	oai := out.CloudFrontOriginAccessIdentity.Id
	keys := w.t.TempDir()
	w.keyID = strings.TrimSpace(w.Command(harness.Binary(w.t), "keypair", "create", "--data", string(w.Dir), "--out", keys))
	w.keyFile = filepath.Join(keys, "pk-"+w.keyID+".pem")
	if st, err := os.Stat(w.keyFile); err != nil || st.Mode().Perm() != 0o600 {
		w.t.Errorf("private key file: %v %v", st, err)
	}
	if st, err := os.Stat(filepath.Join(keys, "rsa-"+w.keyID+".pem")); err != nil || st.Mode().Perm() != 0o644 {
		w.t.Errorf("public key file: %v %v", st, err)
	}
	w.identity = identity{
		originFields: map[string]any{"S3OriginConfig": map[string]any{"OriginAccessIdentity": "origin-access-identity/cloudfront/" + oai}},
		behaviorFields: map[string]any{
			"TrustedSigners":  map[string]any{"Enabled": true, "Quantity": 1, "Items": []string{"self"}},
			"ForwardedValues": map[string]any{"QueryString": false, "Cookies": map[string]any{"Forward": "none"}},
			"MinTTL":          0, "DefaultTTL": 86400, "MaxTTL": 31536000,
		},
		policyStatement: func(string) map[string]any {
			return map[string]any{
				"Sid": "1", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::" + w.bucket + "/*",
				"Principal": map[string]any{"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity " + oai},
			}
		},
		cleanUp: func() {
			w.AWS("cloudfront", "delete-cloud-front-origin-access-identity", "--id", oai, "--if-match", out.ETag)
		},
	}
}

func modern(w *site) {
	var oac struct {
		OriginAccessControl struct{ Id string }
		ETag                string
	}
	w.awsJSON(&oac, "cloudfront", "create-origin-access-control", "--origin-access-control-config",
		"Name="+w.bucket+",SigningProtocol=sigv4,SigningBehavior=always,OriginAccessControlOriginType=s3")
	w.keyFile = filepath.Join(w.t.TempDir(), "private.pem")
	w.Command("openssl", "genrsa", "-traditional", "-out", w.keyFile, "2048")
	var key struct {
		PublicKey struct{ Id string }
		ETag      string
	}
	public := w.Command("openssl", "rsa", "-in", w.keyFile, "-pubout")
	w.awsJSON(&key, "cloudfront", "create-public-key", "--public-key-config",
		w.json(map[string]any{"CallerReference": w.bucket, "Name": w.bucket, "EncodedKey": public}))
	w.keyID = key.PublicKey.Id
	var group struct {
		KeyGroup struct{ Id string }
		ETag     string
	}
	w.awsJSON(&group, "cloudfront", "create-key-group", "--key-group-config", "Name="+w.bucket+",Items="+w.keyID)
	w.identity = identity{
		originFields: map[string]any{"S3OriginConfig": map[string]any{"OriginAccessIdentity": ""}, "OriginAccessControlId": oac.OriginAccessControl.Id},
		behaviorFields: map[string]any{
			"TrustedKeyGroups": map[string]any{"Enabled": true, "Quantity": 1, "Items": []string{group.KeyGroup.Id}},
			"CachePolicyId":    "658327ea-f89d-4fab-a63d-7e88639e58f6", // Managed-CachingOptimized
		},
		policyStatement: func(arn string) map[string]any {
			return map[string]any{
				"Sid": "AllowCloudFrontServicePrincipal", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::" + w.bucket + "/*",
				"Principal": map[string]any{"Service": "cloudfront.amazonaws.com"},
				"Condition": map[string]any{"StringEquals": map[string]any{"AWS:SourceArn": arn}},
			}
		},
		cleanUp: func() {
			w.AWS("cloudfront", "delete-key-group", "--id", group.KeyGroup.Id, "--if-match", group.ETag)
			w.AWS("cloudfront", "delete-public-key", "--id", w.keyID, "--if-match", key.ETag)
			w.AWS("cloudfront", "delete-origin-access-control", "--id", oac.OriginAccessControl.Id, "--if-match", oac.ETag)
		},
	}
}

func (w *site) createDistribution() {
	w.t.Helper()
	origin := map[string]any{"Id": "bucket", "DomainName": w.bucket + ".s3.amazonaws.com"}
	for k, v := range w.originFields {
		origin[k] = v
	}
	behavior := map[string]any{"TargetOriginId": "bucket", "ViewerProtocolPolicy": "redirect-to-https", "Compress": true}
	for k, v := range w.behaviorFields {
		behavior[k] = v
	}
	config := map[string]any{
		"CallerReference": w.bucket, "Comment": "the recipe", "Enabled": true, "DefaultRootObject": "page.html",
		"Origins": map[string]any{"Quantity": 1, "Items": []any{origin}}, "DefaultCacheBehavior": behavior,
	}
	var out struct {
		Distribution struct{ Id, ARN, DomainName, Status string }
	}
	w.awsJSON(&out, "cloudfront", "create-distribution", "--distribution-config", w.json(config))
	w.id, w.arn, w.domain = out.Distribution.Id, out.Distribution.ARN, out.Distribution.DomainName
	if out.Distribution.Status != "InProgress" {
		w.t.Errorf("a new distribution has status %s", out.Distribution.Status)
	}
}

// remove disables and deletes the distribution as CloudFront's preconditions demand, then
// what it used.
func (w *site) remove() {
	w.t.Helper()
	if text := w.AWSFails("cloudfront", "delete-distribution", "--id", w.id, "--if-match", w.etag()); !strings.Contains(text, "DistributionNotDisabled") {
		w.t.Errorf("deleting an enabled distribution: %s", text)
	}
	var config struct {
		ETag               string
		DistributionConfig map[string]any
	}
	w.awsJSON(&config, "cloudfront", "get-distribution-config", "--id", w.id)
	config.DistributionConfig["Enabled"] = false
	w.AWS("cloudfront", "update-distribution", "--id", w.id, "--if-match", config.ETag, "--distribution-config", w.json(config.DistributionConfig))
	if text := w.AWSFails("cloudfront", "delete-distribution", "--id", w.id, "--if-match", config.ETag); !strings.Contains(text, "PreconditionFailed") {
		w.t.Errorf("deleting with a stale ETag: %s", text)
	}
	w.AWS("cloudfront", "wait", "distribution-deployed", "--id", w.id)
	w.AWS("cloudfront", "delete-distribution", "--id", w.id, "--if-match", w.etag())
	if text := w.AWSFails("cloudfront", "get-distribution", "--id", w.id); !strings.Contains(text, "NoSuchDistribution") {
		w.t.Errorf("a deleted distribution: %s", text)
	}
	w.cleanUp()
	w.AWS("s3", "rb", "--force", "s3://"+w.bucket)
}

func (w *site) etag() string {
	var out struct{ ETag string }
	w.awsJSON(&out, "cloudfront", "get-distribution", "--id", w.id)
	return out.ETag
}

// upload puts one file into the bucket with `aws s3 cp`.
func (w *site) upload(key, contentType string, body []byte) {
	w.t.Helper()
	file := filepath.Join(w.t.TempDir(), "upload")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.AWS("s3", "cp", "--quiet", "--content-type", contentType, file, "s3://"+w.bucket+"/"+key)
	w.files[key] = body
}

func (w *site) awsJSON(out any, args ...string) {
	w.t.Helper()
	text := w.AWS(args...)
	if err := json.Unmarshal([]byte(text), out); err != nil {
		w.t.Fatalf("aws %s printed %q: %v", strings.Join(args, " "), text, err)
	}
}

func (w *site) json(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(data)
}

// url is the HTTPS URL of a path at the distribution, which begins with a slash.
func (w *site) url(path string) string {
	return fmt.Sprintf("https://%s:%s%s", w.domain, w.HTTPSPort(), path)
}
