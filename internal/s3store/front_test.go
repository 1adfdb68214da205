package s3store

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/valyala/fasthttp"

	"github.com/warmfront/warmfront/internal/objects"
	"github.com/warmfront/warmfront/internal/s3store/bucketpolicy"
)

const testAccount = "111122223333"

// The callers of the tests.
var (
	root     = Identity{Kind: Root, AccessKeyID: "AKIAROOT", SecretAccessKey: "root-secret", ARN: "arn:aws:iam::" + testAccount + ":root"}
	alice    = Identity{Kind: User, AccessKeyID: "AKIAALICE", SecretAccessKey: "alice-secret", ARN: "arn:aws:iam::" + testAccount + ":user/alice"}
	reader   = Identity{Kind: User, AccessKeyID: "AKIAREADER", SecretAccessKey: "reader-secret", ARN: "arn:aws:iam::" + testAccount + ":user/reader", ReadOnly: true}
	session  = Identity{Kind: User, AccessKeyID: "ASIASESSION", SecretAccessKey: "session-secret", ARN: "arn:aws:iam::" + testAccount + ":user/temporary"}
	accessID = Identity{Kind: OriginAccessIdentity, AccessKeyID: "AKIAOAI", SecretAccessKey: "oai-secret", ARN: bucketpolicy.OriginAccessIdentityARN("E1ACCESS"), CanonicalID: strings.Repeat("ab", 48)}
	origin   = Identity{Kind: DistributionOrigin, AccessKeyID: "AKIAOAC", SecretAccessKey: "oac-secret", ARN: "arn:aws:cloudfront::" + testAccount + ":distribution/E1DIST"}
	other    = Identity{Kind: DistributionOrigin, AccessKeyID: "AKIAOTHER", SecretAccessKey: "other-secret", ARN: "arn:aws:cloudfront::" + testAccount + ":distribution/E2DIST"}
	nobody   = Identity{}
)

// people implements Identities.
type people []Identity

func (p people) find(ok func(Identity) bool) (Identity, bool) {
	for _, i := range p {
		if ok(i) {
			return i, true
		}
	}
	return Identity{}, false
}

func (p people) ByAccessKey(_ context.Context, id, token string) (Identity, error) {
	i, ok := p.find(func(i Identity) bool { return i.AccessKeyID == id })
	switch {
	case id == "ASIADOWN":
		return Identity{}, ErrUnavailable
	case !ok:
		return Identity{}, ErrUnknownKey
	case token == "an old token":
		return Identity{}, ErrExpiredToken
	case token != tokenOf(i):
		return Identity{}, ErrInvalidToken
	}
	return i, nil
}

// tokenOf is the session token of the one temporary key.
func tokenOf(i Identity) string {
	if i.AccessKeyID == session.AccessKeyID {
		return "a-token"
	}
	return ""
}

func (p people) OriginAccessIdentity(id string) (Identity, bool) {
	return p.find(func(i Identity) bool { return i.ARN == bucketpolicy.OriginAccessIdentityARN(id) })
}

func (p people) OriginAccessIdentityByCanonicalID(id string) (Identity, bool) {
	return p.find(func(i Identity) bool { return i.CanonicalID == id })
}

// world is a front on a loopback port.
type world struct {
	t        *testing.T
	addr     string
	basePath string
	store    *objects.Store
	front    *Front
	mu       sync.Mutex
	shift    time.Duration // guarded by mu; added to the front's clock
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.shift)
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.shift += d
}

func newWorld(t *testing.T) *world { return newWorldAt(t, "") }

func newWorldAt(t *testing.T, basePath string) *world {
	t.Helper()
	w := &world{t: t, basePath: basePath}
	var err error
	if w.store, err = objects.Open(t.TempDir(), objects.Options{CollectEvery: -1}); err != nil {
		t.Fatal(err)
	}
	w.front, err = New(w.store, people{root, alice, reader, session, accessID, origin, other}, Options{
		AccountID: testAccount, Now: w.now, VirtualHosts: []string{"localhost", "s3.amazonaws.com"}, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.addr = ln.Addr().String()
	server := &fasthttp.Server{Handler: w.front.Handler(basePath), StreamRequestBody: true, DisablePreParseMultipartForm: true, SecureErrorLogMessage: true, Logger: quiet{}}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(ln) }()
	t.Cleanup(func() {
		_ = server.Shutdown()
		<-done
		if err := errors.Join(w.front.Close(), w.store.Close()); err != nil {
			t.Error(err)
		}
	})
	return w
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}

// as returns an S3 client for a caller.
func (w *world) as(i Identity, options ...func(*s3.Options)) *s3.Client {
	o := s3.Options{
		Region: "us-east-1", BaseEndpoint: aws.String("http://" + w.addr + w.basePath), UsePathStyle: true, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(i.AccessKeyID, i.SecretAccessKey, tokenOf(i)),
	}
	return s3.New(o, options...)
}

func (w *world) bucket(name string) {
	w.t.Helper()
	_, err := w.as(root).CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: &name})
	w.check(err)
}

func (w *world) put(bucket, key, body string) {
	w.t.Helper()
	_, err := w.as(root).PutObject(context.Background(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader(body)})
	w.check(err)
}

func (w *world) policy(bucket, document string) {
	w.t.Helper()
	_, err := w.as(root).PutBucketPolicy(context.Background(), &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: &document})
	w.check(err)
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// get reads an object; the error is the S3 error code.
func (w *world) get(i Identity, bucket, key string) (body, failed string) {
	out, err := w.as(i).GetObject(context.Background(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return "", errorCode(err)
	}
	defer out.Body.Close()
	b, err := io.ReadAll(out.Body)
	w.check(err)
	return string(b), ""
}

func errorCode(err error) string {
	if err == nil {
		return ""
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return err.Error()
}

// answer is a response with its body read.
type answer struct {
	status int
	header http.Header
	body   string
}

// send sends a request signed by a caller, or unsigned for nobody.
func (w *world) send(i Identity, method, target, body string, headers ...string) answer {
	w.t.Helper()
	req, err := http.NewRequest(method, "http://"+w.addr+target, strings.NewReader(body))
	w.check(err)
	for n := 0; n < len(headers); n += 2 {
		if strings.EqualFold(headers[n], "host") {
			req.Host = headers[n+1]
		} else {
			req.Header.Set(headers[n], headers[n+1])
		}
	}
	if i.Kind != 0 {
		w.sign(i, req, hexSHA256([]byte(body)))
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	w.check(err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	w.check(err)
	return answer{resp.StatusCode, resp.Header, string(b)}
}

func (w *world) sign(i Identity, req *http.Request, hash string) {
	w.t.Helper()
	req.Header.Set("X-Amz-Content-Sha256", hash)
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	creds := aws.Credentials{AccessKeyID: i.AccessKeyID, SecretAccessKey: i.SecretAccessKey, SessionToken: tokenOf(i)}
	w.check(signer.SignHTTP(context.Background(), creds, req, hash, "s3", "us-east-1", w.now()))
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("round-trip")
	w.put("round-trip", "a/b", "hello")
	if body, failed := w.get(root, "round-trip", "a/b"); body != "hello" || failed != "" {
		t.Errorf("get: %q, %s", body, failed)
	}
	if body, failed := w.get(alice, "round-trip", "a/b"); body != "hello" || failed != "" {
		t.Errorf("a user's get: %q, %s", body, failed)
	}
	if _, failed := w.get(root, "round-trip", "a"); failed != "NoSuchKey" {
		t.Errorf("missing: %s", failed)
	}
	large := bytes.Repeat([]byte("0123456789abcdef"), 3<<20/16)
	w.put("round-trip", "large", string(large))
	if body, _ := w.get(root, "round-trip", "large"); body != string(large) {
		t.Errorf("large object came back with %d bytes", len(body))
	}
}

func TestBasePath(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, "/s3-api")
	w.bucket("based")
	w.put("based", "k", "v")
	if body, failed := w.get(root, "based", "k"); body != "v" {
		t.Errorf("get: %q, %s", body, failed)
	}
	if a := w.send(root, "GET", "/s3-api", ""); !strings.Contains(a.body, "<Name>based</Name>") {
		t.Errorf("the address without a closing slash: %d %s", a.status, a.body)
	}
	if a := w.send(root, "GET", "/s3-api?list-type=2", "", "Host", "based.localhost"); !strings.Contains(a.body, "<Key>k</Key>") {
		t.Errorf("a bucket in the host: %d %s", a.status, a.body)
	}
	for _, outside := range []string{"/based/k", "/s3-api2/based/k", "/"} {
		if a := w.send(root, "GET", outside, ""); a.status != 400 {
			t.Errorf("%s, outside of the base path: %d", outside, a.status)
		}
	}
	// Version 2 signs bucket and key. Were the base path taken as well, links into a bucket of
	// its name would open other buckets.
	if a := w.send(nobody, "GET", "/s3-api"+presignV2(root, "GET", "/based/k", w.now().Add(time.Minute), ""), ""); a.body != "v" {
		t.Errorf("version 2: %d %s", a.status, a.body)
	}
	if a := w.send(nobody, "GET", presignV2(root, "GET", "/s3-api/based/k", w.now().Add(time.Minute), ""), ""); a.status != 403 {
		t.Errorf("version 2 over the base path: %d %s", a.status, a.body)
	}
}

func TestSeveralFronts(t *testing.T) {
	t.Parallel()
	one, two := newWorld(t), newWorld(t)
	one.bucket("only-here")
	if a := two.send(root, "HEAD", "/only-here", ""); a.status != 404 {
		t.Errorf("the other front knows the bucket: %d", a.status)
	}
}

func TestVirtualHostedStyle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("virtual.bucket")
	w.put("virtual.bucket", "x/y", "v")
	for _, host := range []string{"virtual.bucket.localhost:4480", "virtual.bucket.s3.localhost", "virtual.bucket.s3.eu-west-1.amazonaws.com", "VIRTUAL.bucket.s3.amazonaws.com"} {
		if a := w.send(root, "GET", "/x/y", "", "Host", host); a.status != 200 || a.body != "v" {
			t.Errorf("%s: %d %s", host, a.status, a.body)
		}
		if a := w.send(root, "GET", "/", "", "Host", host); a.status != 200 || !strings.Contains(a.body, "<Key>x/y</Key>") {
			t.Errorf("%s: listing %d %s", host, a.status, a.body)
		}
	}
}
