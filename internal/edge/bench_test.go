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
	e, v, fetcher := signedHit(b, logged, custom, memo)
	n := &nullResponder{}
	b.ReportAllocs()
	for b.Loop() {
		e.Serve(&v.Request, n)
	}
	if n.status != 200 || fetcher.count() != 1 {
		b.Fatalf("status %d, %d fetches", n.status, fetcher.count())
	}
}

// TestHitsAllocateNothing serves hits of several kinds with an access log: so many that the
// records that wait to be written, at first new ones, do not count.
func TestHitsAllocateNothing(t *testing.T) {
	runs := 30_000
	if raceEnabled {
		runs = 300
	}
	for name, header := range map[string][]string{
		"whole":       nil,
		"gzip":        {"Accept-Encoding", "gzip"},
		"range":       {"Range", "bytes=100-2099"},
		"conditional": {"If-None-Match", `"0123456789abcdef0123456789abcdef"`},
	} {
		for _, custom := range []bool{false, true} {
			e, v, fetcher := signedHit(t, true, custom, 0, header...)
			n := &nullResponder{}
			allocs := testing.AllocsPerRun(runs, func() {
				if !e.TryServe(&v.Request, n) {
					t.Fatal("not answered at once")
				}
			})
			if allocs > 0 && !raceEnabled || n.status >= 400 || fetcher.count() != 1 {
				t.Errorf("%s, custom policy %v: %v allocations, status %d, %d fetches", name, custom, allocs, n.status, fetcher.count())
			}
		}
	}
}

// signedHit returns an edge that has an object of 4 KiB and remembers the signature of the
// request for it.
func signedHit(b testing.TB, logged, custom bool, memo int64, header ...string) (*Edge, *viewer, *scriptedOrigin) {
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
	v := get(strings.TrimPrefix(u, "https://"+host), "User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Chrome/140", "Accept", "*/*", "Connection", "keep-alive")
	if header == nil {
		header = []string{"Accept-Encoding", "gzip, deflate, br"}
	}
	for i := 0; i < len(header); i += 2 {
		v.header = append(v.header, Field{Name: header[i], Value: header[i+1]})
	}
	v.Header = v.header
	v.Request.Header = v.header
	e.Serve(&v.Request, v)
	for range 100 { // until the fill has ended
		time.Sleep(time.Millisecond)
	}
	return e, v, fetcher
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
