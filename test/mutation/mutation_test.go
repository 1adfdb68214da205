package mutation

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/edge"
	"github.com/warmfront/warmfront/internal/origin"
	"github.com/warmfront/warmfront/internal/snapshot"
	"github.com/warmfront/warmfront/internal/state"
	"github.com/warmfront/warmfront/signedurl"
)

// door is an edge with one distribution, restricted throughout, whose memo sees all requests.
type door struct {
	edge *edge.Edge
	keys map[string]*signedurl.PublicKey
	now  atomic.Int64 // Unix nanoseconds
}

// Fetch implements origin.Fetcher.
func (d *door) Fetch(context.Context, *origin.Origin, *origin.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("x")), ContentLength: 1}, nil
}

func newDoor(t *testing.T, keys []signingKey) *door {
	t.Helper()
	d := &door{keys: map[string]*signedurl.PublicKey{}}
	cfg := state.NewConfig("c")
	group := &state.KeyGroup{Meta: state.Meta{ID: "g", Revision: 1}}
	for _, k := range keys {
		der, err := x509.MarshalPKIXPublicKey(k.private.Public())
		if err != nil {
			t.Fatal(err)
		}
		text := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
		cfg.PublicKeys[k.id] = &state.PublicKey{Meta: state.Meta{ID: k.id, Revision: 1}, Config: cloudfront.PublicKeyConfig{EncodedKey: text}}
		group.Config.Items = append(group.Config.Items, k.id)
		if d.keys[k.id], err = signedurl.NewPublicKey(k.private.Public()); err != nil {
			t.Fatal(err)
		}
	}
	cfg.KeyGroups["g"] = group
	site := &state.Distribution{Meta: state.Meta{ID: "E1", Revision: 1}, Domain: ourDomain}
	disabled := "4135ea2d-6df8-44a3-9df3-4b5a84be39ad" // Managed-CachingDisabled
	site.Config = cloudfront.DistributionConfig{
		Enabled: true, Aliases: &cloudfront.Aliases{Items: []string{ourAlias}},
		Origins: cloudfront.Origins{Items: []cloudfront.Origin{{Id: "o", DomainName: "bucket.s3.amazonaws.com", S3OriginConfig: &cloudfront.S3OriginConfig{}}}},
		DefaultCacheBehavior: cloudfront.DefaultCacheBehavior{
			TargetOriginId: "o", ViewerProtocolPolicy: "allow-all", CachePolicyId: &disabled,
			TrustedKeyGroups: &cloudfront.TrustedKeyGroups{Enabled: true, Items: []string{"g"}},
		},
	}
	cloudfront.SetDefaults(&site.Config)
	cfg.Distributions["E1"] = site
	s, err := snapshot.Compile(cfg, nil, snapshot.Options{Open: func(b []byte, _ string) ([]byte, error) { return b, nil }})
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return time.Unix(0, d.now.Load()) }
	store := cachestore.New(cachestore.Options{Now: clock})
	t.Cleanup(store.Close)
	// A small memo, so that entries come and go.
	d.edge = edge.New(edge.Deps{Store: store, Fetcher: d}, edge.Options{Now: clock, OwnPorts: []uint16{8443}, MemoBytes: 64 << 10, VerifySlots: 1 << 20})
	d.edge.Publish(s)
	return d
}

// answer is a viewer that keeps status and body.
type answer struct {
	status int
	body   string
	fields fields
}

type fields []edge.Field

func (f fields) Get(name string) string {
	for _, field := range f {
		if field.Name == name {
			return field.Value
		}
	}
	return ""
}

func (f fields) All(yield func(name, value string) bool) {
	for _, field := range f {
		if !yield(field.Name, field.Value) {
			return
		}
	}
}

func (a *answer) Respond(r *edge.Response) {
	a.status, a.body = r.Status, string(r.Bytes)
	if r.Stream != nil {
		r.Stream.Close()
	}
	r.Done(0, nil)
}

var code = regexp.MustCompile(`<Code>(.*)</Code>`)

// asks returns what the edge decides: CloudFront's code, "" for admitted, "-" for anything else.
func (d *door) asks(q *request) string {
	d.now.Store(q.now)
	viewer, _ := netip.AddrFromSlice(q.viewer)
	req := &edge.Request{Method: "GET", Host: q.host, Target: q.path, Proto: edge.HTTP11, Peer: netip.AddrPortFrom(viewer, 1)}
	if q.query != "" {
		req.Target += "?" + q.query
	}
	if q.scheme == "https" {
		req.TLS = &edge.TLS{ServerName: ourDomain, Version: 0x304, Cipher: 0x1301}
	}
	a := &answer{}
	if q.cookie != "" {
		a.fields = fields{{Name: "Cookie", Value: q.cookie}}
	}
	req.Header = a.fields
	d.edge.Serve(req, a)
	if m := code.FindStringSubmatch(a.body); m != nil && a.status == 403 {
		return m[1]
	}
	if a.status == 200 {
		return ""
	}
	return "-"
}

// verifies returns what signedurl itself decides.
func (d *door) verifies(q *request) string {
	viewer, _ := netip.AddrFromSlice(q.viewer)
	r := signedurl.Request{Scheme: q.scheme, Host: q.host, Path: q.path, RawQuery: q.query, Cookie: q.cookie, OwnPorts: []uint16{8443}}
	_, err := signedurl.Verify(&r, func(id string) *signedurl.PublicKey { return d.keys[id] }, viewer, time.Unix(0, q.now))
	if refusal, ok := errors.AsType[*signedurl.Refusal](err); ok {
		return refusal.Code()
	}
	return ""
}

var (
	// ordinary is a target that the edge looks at no further than the specification says:
	// nothing in it is a dot segment, or may become one.
	ordinary = regexp.MustCompile(`^(/[A-Za-z0-9~_-][A-Za-z0-9.~_-]*)*/?$`)
	// proper is a host and a target that requests may have at all.
	properHost   = regexp.MustCompile(`^[A-Za-z0-9._:-]+$`)
	properTarget = regexp.MustCompile(`^[^\x00-\x20\x7f]*$`)
)

// disagree compares the three decisions on a request and returns what is wrong.
func (d *door) disagree(r *reference, q *request) (decision, wrong string) {
	want := r.decide(q)
	if got := d.verifies(q); got != want {
		return want, fmt.Sprintf("signedurl decides %q, the reference %q", got, want)
	}
	got := d.asks(q)
	host, _, _ := strings.Cut(q.host, ":")
	known := slices.Contains([]string{ourDomain, ourAlias}, strings.TrimSuffix(lowered(host), ".")) && properHost.MatchString(q.host)
	asThey := known && ordinary.MatchString(q.path) && properTarget.MatchString(q.path+"?"+q.query)
	switch {
	case got == "" && want != "", asThey && got != want && got != "-":
		return want, fmt.Sprintf("the edge decides %q, the reference %q", got, want)
	case asThey && got == "-" && strings.Count(q.host, ":") == 0:
		return want, fmt.Sprintf("the edge answers with neither admission nor refusal; the reference decides %q", want)
	}
	return want, ""
}

func newKeys(t *testing.T) []signingKey {
	t.Helper()
	big, err1 := rsa.GenerateKey(crand.Reader, 2048)
	small, err2 := rsa.GenerateKey(crand.Reader, 1024)
	curve, err3 := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	return []signingKey{{"KRSA", big}, {"KSMALL", small}, {"KEC", curve}}
}

// cases is how many mutated requests the test tries.
func cases() int {
	if os.Getenv("WARMFRONT_SOAK") != "" {
		return 1_000_000
	}
	return 20_000
}

// TestMutations mutates signed requests: the edge and signedurl must decide as the reference does.
func TestMutations(t *testing.T) {
	t.Parallel()
	const workers, perSigned = 2, 40
	keys := newKeys(t)
	r := &reference{keys: map[string]any{}, ports: []string{ourPort}}
	for _, k := range keys {
		r.keys[k.id] = crypto.PublicKey(k.private.Public())
	}
	seed := rand.Uint64()
	var mu sync.Mutex
	counts := map[string]int{}
	var wg sync.WaitGroup
	for w := range uint64(workers) {
		d := newDoor(t, keys)
		wg.Go(func() {
			rnd := &random{Rand: rand.New(rand.NewPCG(seed, w)), keys: keys}
			local := map[string]int{}
			wrongs := 0
			other := rnd.signed()
			for n := 0; n < cases()/workers && wrongs < 10; {
				signed := rnd.signed()
				for i := range perSigned {
					q := signed
					if i > 0 {
						q = rnd.mutate(signed, other)
						n++
					}
					decision, wrong := d.disagree(r, &q)
					if local[decision]++; wrong != "" {
						wrongs++
						t.Errorf("seed %d: %s\n%+v\nmade of %+v", seed, wrong, q, signed)
					}
				}
				other = signed
			}
			mu.Lock()
			defer mu.Unlock()
			for decision, n := range local {
				counts[decision] += n
			}
		})
	}
	wg.Wait()
	t.Logf("decisions: %v", counts)
	for _, decision := range []string{"", "AccessDenied", "MalformedPolicy", "MalformedSignature", "MissingKey", "InvalidKey"} {
		if !t.Failed() && counts[decision] < cases()/1000 {
			t.Errorf("only %d requests were decided %q", counts[decision], decision)
		}
	}
}
