package edge

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/accesslog"
	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/edge/fairqueue"
	"github.com/warmfront/warmfront/internal/httpcache"
	"github.com/warmfront/warmfront/internal/origin"
	"github.com/warmfront/warmfront/internal/snapshot"
	"github.com/warmfront/warmfront/internal/state"
	"github.com/warmfront/warmfront/signedurl"
)

func ptr[T any](v T) *T { return &v }

const host = "d1.cloudfront.localhost"

// world is an edge between a scripted origin and scripted viewers, with a movable clock.
type world struct {
	t      *testing.T
	edge   *Edge
	origin *scriptedOrigin
	cfg    *state.Config
	config *cloudfront.DistributionConfig // of distribution E1
	log    *lockedBuffer
	signer signedurl.Signer

	mu  sync.Mutex
	now time.Time
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// advance moves the clock, once the bodies under way have ended.
func (w *world) advance(d time.Duration) {
	w.settle()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// settle waits until no fill is under way, so that bodies are whole.
func (w *world) settle() { w.edge.work.Wait() }

// newWorld has one public distribution with a custom origin, no policy and MinTTL 0.
func newWorld(t *testing.T, o Options, change func(*world)) *world {
	t.Helper()
	w := &world{t: t, origin: &scriptedOrigin{}, cfg: state.NewConfig("c"), now: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), log: &lockedBuffer{}}
	d := &state.Distribution{Meta: state.Meta{ID: "E1", Revision: 1}, Domain: host}
	w.config = &d.Config
	*w.config = cloudfront.DistributionConfig{
		Enabled: true,
		Origins: cloudfront.Origins{Items: []cloudfront.Origin{{
			Id: "o", DomainName: "origin.example",
			CustomOriginConfig: &cloudfront.CustomOriginConfig{HTTPPort: 80, HTTPSPort: 443, OriginProtocolPolicy: "http-only"},
		}}},
		DefaultCacheBehavior: cloudfront.DefaultCacheBehavior{
			TargetOriginId: "o", ViewerProtocolPolicy: "allow-all",
			ForwardedValues: &cloudfront.ForwardedValues{Cookies: cloudfront.CookiePreference{Forward: "none"}},
		},
	}
	w.cfg.Distributions["E1"] = d
	w.cfg.Revision = 1
	if change != nil {
		change(w)
	}
	cloudfront.SetDefaults(w.config)
	o.Now = w.clock
	access := accesslog.New(w.log, accesslog.Options{})
	store := cachestore.New(cachestore.Options{Now: w.clock})
	t.Cleanup(store.Close)
	w.edge = New(Deps{Store: store, Fetcher: w.origin, Access: access}, o)
	w.edge.poll = time.Millisecond
	w.edge.turns = fairqueue.New(fairqueue.Options{Slots: 1000, Poll: time.Millisecond}) // enough for every test
	w.edge.Heard(w.now)
	w.publish()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := w.edge.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return w
}

func (w *world) publish() {
	w.t.Helper()
	s, err := snapshot.Compile(w.cfg, w.edge.Snapshot(), snapshot.Options{
		AccountID: "123456789012", NodeID: "n", Open: func(b []byte, _ string) ([]byte, error) { return b, nil },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.edge.Publish(s)
}

// invalidate publishes an invalidation of paths.
func (w *world) invalidate(paths ...string) {
	w.cfg.Revision++
	id := "I" + strconv.FormatInt(w.cfg.Revision, 10)
	w.cfg.Invalidations["E1/"+id] = &state.Invalidation{
		Meta: state.Meta{ID: id, Revision: w.cfg.Revision}, DistributionID: "E1",
		Batch: cloudfront.InvalidationBatch{Paths: cloudfront.Paths{Items: paths}},
	}
	w.publish()
}

// behavior adds a cache behavior like the default one.
func (w *world) behavior(pattern string) *cloudfront.CacheBehavior {
	if w.config.CacheBehaviors == nil {
		w.config.CacheBehaviors = &cloudfront.CacheBehaviors{}
	}
	b := w.config.DefaultCacheBehavior.Behavior()
	b.PathPattern = pattern
	w.config.CacheBehaviors.Items = append(w.config.CacheBehaviors.Items, b)
	return &w.config.CacheBehaviors.Items[len(w.config.CacheBehaviors.Items)-1]
}

// keyPair gives the account an active key pair, which world.signer then signs with.
func (w *world) keyPair() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	w.signer = signedurl.Signer{KeyID: "APKATEST", PrivateKey: key}
	w.cfg.KeyPairs["APKATEST"] = &state.KeyPair{Meta: state.Meta{ID: "APKATEST", Revision: 1}, Active: true, PublicKeyPEM: publicPEM(w.t, &key.PublicKey)}
}

func publicPEM(t testing.TB, key any) string {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func newRSA(t testing.TB) *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

var self = &cloudfront.TrustedSigners{Enabled: true, Items: []string{"self"}}

// sign returns the target of a URL signed for an hour.
func (w *world) sign(target string, p signedurl.Policy) string {
	w.t.Helper()
	if p.Expires.IsZero() {
		p.Expires = w.now.Add(time.Hour)
	}
	u, err := w.signer.SignURL("https://"+host+target, p)
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.TrimPrefix(u, "https://"+host)
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

// scriptedOrigin answers with answer, or by a function, and remembers what it was asked.
type scriptedOrigin struct {
	mu     sync.Mutex
	asked  []*origin.Request
	answer func(r *origin.Request) (*http.Response, error)
}

func (s *scriptedOrigin) Fetch(ctx context.Context, o *origin.Origin, r *origin.Request) (*http.Response, error) {
	s.mu.Lock()
	copied := *r
	copied.Header = r.Header.Clone()
	s.asked = append(s.asked, &copied)
	answer := s.answer
	s.mu.Unlock()
	return answer(&copied)
}

func (s *scriptedOrigin) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asked)
}

func (s *scriptedOrigin) last() *origin.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[len(s.asked)-1]
}

func (s *scriptedOrigin) says(answer func(r *origin.Request) (*http.Response, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

// always gives the same answer.
func always(status int, body string, fields ...string) func(*origin.Request) (*http.Response, error) {
	return func(*origin.Request) (*http.Response, error) { return reply(status, body, fields...), nil }
}

// reply is an origin's response; fields are names and values in turn.
func reply(status int, body string, fields ...string) *http.Response {
	r := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
	for i := 0; i < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	return r
}

// viewer is one request of a viewer and what came of it.
type viewer struct {
	Request
	header list

	status int
	got    httpcache.Header
	length int64
	body   string
	err    error
}

type list []Field

func (l list) Get(name string) string { return httpcache.Header(l).Get(name) }

func (l list) All(yield func(name, value string) bool) {
	for _, f := range l {
		if !yield(f.Name, f.Value) {
			return
		}
	}
}

// get makes a viewer's GET over TLS; fields are names and values in turn.
func get(target string, fields ...string) *viewer {
	v := &viewer{Request: Request{
		Method: "GET", Host: host, Target: target, Proto: HTTP11, TLS: &TLS{ServerName: host, Version: 0x304, Cipher: 0x1301},
		Peer: netip.MustParseAddrPort("198.51.100.7:40000"), Local: netip.MustParseAddrPort("127.0.0.1:8443"),
	}}
	for i := 0; i < len(fields); i += 2 {
		v.header = append(v.header, Field{Name: fields[i], Value: fields[i+1]})
	}
	return v
}

func (v *viewer) method(m string) *viewer { v.Method = m; return v }

func (v *viewer) plain() *viewer { v.TLS = nil; return v }

// Respond implements Responder by reading the whole answer.
func (v *viewer) Respond(r *Response) {
	v.status, v.length = r.Status, r.ContentLength
	v.got = nil
	for _, f := range r.Fields { // whose strings die with Done
		v.got = append(v.got, Field{Name: strings.Clone(f.Name), Value: strings.Clone(f.Value)})
	}
	body := r.Bytes
	if r.Stream != nil {
		body, v.err = io.ReadAll(r.Stream)
		r.Stream.Close()
		if v.err == nil && r.ContentLength >= 0 && int64(len(body)) != r.ContentLength {
			v.err = errors.New("short body")
		}
	}
	v.body = string(body)
	r.Done(int64(len(body)), v.err)
}

// do serves a viewer's request.
func (w *world) do(v *viewer) *viewer {
	v.Header = v.header
	w.edge.Serve(&v.Request, v)
	return v
}

// expect checks status, X-Cache and body.
func (v *viewer) expect(t *testing.T, status int, cache, body string) {
	t.Helper()
	if got := v.got.Get("X-Cache"); v.status != status || got != cache+" from cloudfront" || v.body != body {
		t.Errorf("%s %s: %d %q %.200q (%v), want %d %q %.200q", v.Method, v.Target, v.status, got, v.body, v.err, status, cache, body)
	}
}
