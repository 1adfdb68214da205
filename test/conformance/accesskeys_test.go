package conformance

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/warmfront/warmfront/test/harness"
)

// accessKey and session are what `warmfront access-key … --json` prints.
type accessKey struct {
	ID     string `json:"id"`
	Secret string `json:"secretAccessKey"`
	Status string `json:"status"`
}

type session struct {
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
	SessionToken    string `json:"sessionToken"`
	Role            string `json:"role"`
}

// env puts a key's variables before a command for env(1).
func (s session) env(command ...string) []string {
	return append([]string{
		"AWS_ACCESS_KEY_ID=" + s.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + s.SecretAccessKey, "AWS_SESSION_TOKEN=" + s.SessionToken,
	}, command...)
}

// keyClient drives a server with keys that are not the root's.
type keyClient struct {
	*harness.Server
	t    *testing.T
	warm string
}

func (c keyClient) create(role string) accessKey {
	c.t.Helper()
	var k accessKey
	c.decode(c.Command(c.warm, "access-key", "create", "--role", role, "--description", "a test", "--json", "--data", string(c.Dir)), &k)
	return k
}

// session makes a temporary key with another key, as on a machine without the data directory.
func (c keyClient) session(k accessKey, args ...string) session {
	c.t.Helper()
	command := append([]string{c.warm, "access-key", "session", "--json", "--data", "/nowhere", "--api", c.Endpoints.API}, args...)
	var s session
	c.decode(c.Command("env", session{AccessKeyID: k.ID, SecretAccessKey: k.Secret}.env(command...)...), &s)
	return s
}

func (c keyClient) decode(text string, v any) {
	c.t.Helper()
	if err := json.Unmarshal([]byte(text), v); err != nil {
		c.t.Fatalf("%s: %v", text, err)
	}
}

// withBoto runs what a key may and may not do with boto3, which prints one line an operation:
// ok, or the error's code.
const withBoto = `
import sys, urllib.request, urllib.error, boto3
from botocore.config import Config
def say(name, f):
    try:
        f(); print(name, "ok")
    except urllib.error.HTTPError as e:
        print(name, e.read().decode().split("<Code>")[1].split("<")[0])
    except Exception as e:
        print(name, e.response["Error"]["Code"])
def clients(version):
    c = Config(signature_version=version, s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
    return boto3.client("s3", endpoint_url=sys.argv[1], config=c)
s3, cf = clients("s3v4"), boto3.client("cloudfront", endpoint_url=sys.argv[1])
say("list-buckets", s3.list_buckets)
say("put", lambda: s3.put_object(Bucket="keys", Key="k", Body=b"hello"))
say("get", lambda: s3.get_object(Bucket="keys", Key="k"))
def presigned(version, operation, **more):
    url = clients(version).generate_presigned_url(operation, Params={"Bucket": "keys", "Key": "k", **more})
    method = "PUT" if operation == "put_object" else "GET"
    return urllib.request.urlopen(urllib.request.Request(url, method=method, data=b"x" if method == "PUT" else None))
say("presigned-get", lambda: presigned("s3v4", "get_object"))
say("presigned-put", lambda: presigned("s3v4", "put_object"))
say("presigned-v2-get", lambda: presigned("s3", "get_object"))
say("list-distributions", cf.list_distributions)
say("presigned-list", lambda: urllib.request.urlopen(cf.generate_presigned_url("list_distributions")))
say("create-identity", lambda: cf.create_cloud_front_origin_access_identity(CloudFrontOriginAccessIdentityConfig={"CallerReference": sys.argv[2], "Comment": ""}))
`

func (c keyClient) boto(python string, s session) string {
	c.t.Helper()
	return c.Command("env", s.env(python, "-c", withBoto, c.Endpoints.API, s.AccessKeyID)...)
}

const (
	allAllowed = "list-buckets ok\nput ok\nget ok\npresigned-get ok\npresigned-put ok\npresigned-v2-get ok\nlist-distributions ok\npresigned-list ok\ncreate-identity ok\n"
	onlyReads  = "list-buckets ok\nput AccessDenied\nget ok\npresigned-get ok\npresigned-put AccessDenied\npresigned-v2-get ok\nlist-distributions ok\npresigned-list ok\ncreate-identity AccessDenied\n"
)

// refused is what every operation answers when the key is not admitted.
func refused(s3, cloudfront string) string {
	var b strings.Builder
	for line := range strings.Lines(allAllowed) {
		name, _, _ := strings.Cut(line, " ")
		code := s3
		if strings.Contains(name, "list-d") || strings.Contains(name, "identity") || name == "presigned-list" {
			code = cloudfront
		}
		b.WriteString(name + " " + code + "\n")
	}
	return b.String()
}

func TestAccessKeys(t *testing.T) {
	t.Parallel()
	c := keyClient{Server: harness.Start(t), t: t, warm: harness.Binary(t)}
	python := pythonWith(t, "boto3")
	c.AWS("s3api", "create-bucket", "--bucket", "keys")
	full, reader := c.create("full"), c.create("read-only")
	fullSession, readerSession := c.session(full), c.session(reader)
	for _, tc := range []struct { // in order: the first puts what the others get
		what string
		s    session
		want string
	}{
		{"full", session{AccessKeyID: full.ID, SecretAccessKey: full.Secret}, allAllowed},
		{"full, temporary", fullSession, allAllowed},
		{"reader", session{AccessKeyID: reader.ID, SecretAccessKey: reader.Secret}, onlyReads},
		{"reader, temporary", readerSession, onlyReads},
		{"less than full", c.session(full, "--role", "read-only", "--duration", "15m"), onlyReads},
		{"another's token", session{full.ID, full.Secret, fullSession.SessionToken, ""}, refused("InvalidToken", "InvalidClientTokenId")},
		{"without its token", session{AccessKeyID: fullSession.AccessKeyID, SecretAccessKey: fullSession.SecretAccessKey}, refused("InvalidAccessKeyId", "InvalidClientTokenId")},
	} {
		if got := c.boto(python, tc.s); got != tc.want {
			t.Errorf("%s:\n%s", tc.what, got)
		}
	}
	out := c.Command("env", fullSession.env("aws", "--endpoint-url", c.Endpoints.API, "s3", "cp", "s3://keys/k", "-")...)
	if out != "x" {
		t.Errorf("the AWS CLI with a temporary key read %q", out)
	}
	stderr := c.Fails("env", readerSession.env("aws", "--endpoint-url", c.Endpoints.API, "cloudfront", "create-invalidation", "--distribution-id", "E1", "--paths", "/*")...)
	if !strings.Contains(stderr, "(AccessDenied)") || !strings.Contains(stderr, "cloudfront:CreateInvalidation") {
		t.Errorf("the AWS CLI with a read-only key: %s", stderr)
	}

	c.Stop()
	c.Run() // keys and sessions survive a restart
	if got := c.boto(python, readerSession); got != onlyReads {
		t.Errorf("after a restart:\n%s", got)
	}
	c.Command(c.warm, "access-key", "deactivate", full.ID, "--data", string(c.Dir))
	if got := c.boto(python, fullSession); got != refused("InvalidAccessKeyId", "InvalidClientTokenId") {
		t.Errorf("deactivated:\n%s", got)
	}
	if list := c.Command(c.warm, "access-key", "list", "--data", string(c.Dir)); !strings.Contains(list, full.ID+"  full       inactive") || strings.Contains(list, full.Secret) {
		t.Errorf("list:\n%s", list)
	}
}

func TestConsoleLinkFromTheCommandLine(t *testing.T) {
	t.Parallel()
	c := keyClient{Server: harness.Start(t), t: t, warm: harness.Binary(t)}
	if stderr := c.Fails(c.warm, "console", "--data", string(c.Dir)); !strings.Contains(stderr, "--print") {
		t.Errorf("not a terminal: %s", stderr)
	}
	link := strings.TrimSpace(c.Command(c.warm, "console", "--print", "--role", "read-only", "--data", string(c.Dir)))
	page, secret, ok := strings.Cut(link, "#link=")
	if !ok || page != c.Endpoints.API+"/console/" {
		t.Fatalf("link %s", link)
	}
	exchange := func() (status int, s session) {
		body := []byte(`{"secret":"` + secret + `"}`)
		resp, err := http.Post(c.Endpoints.API+"/_warmfront/v1/console-link/exchange", "application/json", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if err := json.NewDecoder(resp.Body).Decode(&s); err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, s
	}
	status, s := exchange()
	if status != http.StatusCreated || s.Role != "read-only" {
		t.Fatalf("%d %+v", status, s)
	}
	c.Command("env", s.env("aws", "--endpoint-url", c.Endpoints.API, "s3api", "list-buckets")...)
	if status, _ := exchange(); status != http.StatusForbidden {
		t.Errorf("a second time: %d", status)
	}
	if log := c.Log(); strings.Contains(log, secret) || strings.Contains(log, s.SessionToken) {
		t.Error("the server's log has a secret")
	}
}

// TestRootKeyRotation replaces the root key of a running server: the command goes on with the
// new one, the old one works until its grace ends or it is deactivated.
func TestRootKeyRotation(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	old := s.Root
	warm := func(args ...string) string {
		t.Helper()
		return s.Command(harness.Binary(t), append(args, "--data", string(s.Dir))...)
	}
	var made accessKey
	text := warm("access-key", "rotate", old.AccessKeyID, "--grace", "1h", "--json")
	if err := json.Unmarshal([]byte(text), &made); err != nil {
		t.Fatal(err)
	}
	s.AWS("s3", "mb", "s3://by-the-old-key") // whose variables clients still have
	if kept, err := s.Dir.RootKey(); err != nil || kept.AccessKeyID != made.ID || kept.SecretAccessKey != made.Secret || kept == old {
		t.Fatalf("root.env holds %s, %v; made %s", kept.AccessKeyID, err, made.ID)
	}
	list := warm("access-key", "list")
	if !strings.Contains(list, made.ID) || !strings.Contains(list, old.AccessKeyID) {
		t.Errorf("list:\n%s", list)
	}
	if out := s.Fails(harness.Binary(t), "access-key", "rotate", old.AccessKeyID, "--data", string(s.Dir)); !strings.Contains(out, "AccessKeyNotActive") {
		t.Errorf("rotated twice: %s", out)
	}
	s.Kill()
	s.Run() // clients have the new key from here on
	if s.Root.AccessKeyID != made.ID {
		t.Fatalf("after a kill the root key is %s", s.Root.AccessKeyID)
	}
	if out := s.AWS("s3", "ls"); !strings.Contains(out, "by-the-old-key") {
		t.Errorf("s3 ls: %s", out)
	}
	ls := []string{
		"AWS_ACCESS_KEY_ID=" + old.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + old.SecretAccessKey,
		"aws", "--endpoint-url", s.Endpoints.API, "cloudfront", "list-distributions",
	}
	s.Command("env", ls...)
	warm("access-key", "deactivate", old.AccessKeyID)
	if out := s.Fails("env", ls...); !strings.Contains(out, "InvalidClientTokenId") {
		t.Errorf("deactivated: %s", out)
	}
}
