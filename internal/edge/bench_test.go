package edge

import (
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/accesslog"
	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/snapshot"
	"github.com/warmfront/warmfront/internal/state"
	"github.com/warmfront/warmfront/signedurl"
)

// nullResponder takes an answer and throws it away.
type nullResponder struct{ status int }

func (n *nullResponder) Respond(r *Response) {
	n.status = r.Status
	r.Done(int64(len(r.Bytes)), nil)
}

// BenchmarkSignedHit is a signed 4 KiB hit, the verified signature being remembered, without
// the listener and with or without an access log.
func BenchmarkSignedHit(b *testing.B) {
	for _, logged := range []bool{false, true} {
		for _, custom := range []bool{false, true} {
			b.Run(map[bool]string{false: "unlogged", true: "logged"}[logged]+map[bool]string{false: "-canned", true: "-custom"}[custom], func(b *testing.B) { benchmarkSignedHit(b, logged, custom, 0) })
		}
	}
	b.Run("first-seen", func(b *testing.B) { benchmarkSignedHit(b, false, false, -1) })
}

func benchmarkSignedHit(b *testing.B, logged, custom bool, memo int64) {
	key := newRSA(b)
	cfg := state.NewConfig("c")
	cfg.KeyPairs["APKATEST"] = &state.KeyPair{Meta: state.Meta{ID: "APKATEST"}, Active: true, PublicKeyPEM: publicPEM(b, &key.PublicKey)}
	d := &state.Distribution{Meta: state.Meta{ID: "E1", Revision: 1}, Domain: host}
	d.Config = cloudfront.DistributionConfig{
		Enabled: true,
		Origins: cloudfront.Origins{Items: []cloudfront.Origin{{Id: "o", DomainName: "bucket.s3.amazonaws.com", S3OriginConfig: &cloudfront.S3OriginConfig{}}}},
		DefaultCacheBehavior: cloudfront.DefaultCacheBehavior{
			TargetOriginId: "o", ViewerProtocolPolicy: "https-only", TrustedSigners: self,
			CachePolicyId: ptr("658327ea-f89d-4fab-a63d-7e88639e58f6"),
		},
	}
	cloudfront.SetDefaults(&d.Config)
	cfg.Distributions["E1"] = d
	s, err := snapshot.Compile(cfg, nil, snapshot.Options{Open: func(b []byte, _ string) ([]byte, error) { return b, nil }})
	if err != nil {
		b.Fatal(err)
	}
	fetcher := &scriptedOrigin{answer: always(200, strings.Repeat("x", 4096), "Content-Type", "application/octet-stream", "Etag", `"0123456789abcdef0123456789abcdef"`,
		"Last-Modified", "Tue, 24 Nov 2026 06:35:00 GMT", "Server", "AmazonS3", "Accept-Ranges", "bytes", "X-Amz-Server-Side-Encryption", "AES256", "X-Amz-Request-Id", "0123456789ABCDEF")}
	deps := Deps{Store: cachestore.New(cachestore.Options{}), Fetcher: fetcher}
	if logged {
		deps.Access = accesslog.New(discard{}, accesslog.Options{Queue: 1 << 16, Flush: 10 * time.Millisecond})
		go deps.Access.Run(b.Context())
	}
	e := New(deps, Options{MemoBytes: memo})
	e.Publish(s)
	policy := signedurl.Policy{Expires: time.Now().Add(time.Hour)}
	if custom {
		policy.Resource = "https://" + host + "/*"
	}
	signer := signedurl.Signer{KeyID: "APKATEST", PrivateKey: key}
	u, err := signer.SignURL("https://"+host+"/films/one/segment-00042.ts", policy)
	if err != nil {
		b.Fatal(err)
	}
	v := get(strings.TrimPrefix(u, "https://"+host), "User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Chrome/140", "Accept", "*/*", "Accept-Encoding", "gzip, deflate, br", "Connection", "keep-alive")
	v.Header = v.header
	v.Request.Header = v.header
	e.Serve(&v.Request, v)
	for range 100 { // until the fill has ended
		time.Sleep(time.Millisecond)
	}
	n := &nullResponder{}
	b.ReportAllocs()
	for b.Loop() {
		e.Serve(&v.Request, n)
	}
	if n.status != 200 || fetcher.count() != 1 {
		b.Fatalf("status %d, %d fetches", n.status, fetcher.count())
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
