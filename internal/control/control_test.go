package control

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/sealed"
	"github.com/warmfront/warmfront/internal/state"
)

const account = "111122223333"

func openStore(t *testing.T, dir string) *state.Store {
	t.Helper()
	s, err := state.Open(t.Context(), state.Options{Dir: dir, AccountID: account})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func keyring(t *testing.T) *sealed.Keyring {
	t.Helper()
	k, err := sealed.NewKeyring(nil, bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// start opens a state and a running control on it.
func start(t *testing.T, change func(*Options)) *Control {
	t.Helper()
	s := openStore(t, t.TempDir())
	t.Cleanup(func() { s.Close() })
	return startOn(t, s, change)
}

func startOn(t *testing.T, s *state.Store, change func(*Options)) *Control {
	t.Helper()
	c, _ := runOn(t, s, change)
	return c
}

// runOn is startOn with the means to stop before the test ends.
func runOn(t *testing.T, s *state.Store, change func(*Options)) (c *Control, stop func()) {
	t.Helper()
	o := Options{AccountID: account, DomainSuffix: "cloudfront.localhost", Keys: keyring(t), Hold: 20 * time.Second}
	if change != nil {
		change(&o)
	}
	c, err := New(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.Run(ctx)
	}()
	stop = func() {
		cancel()
		<-ended
	}
	t.Cleanup(stop)
	return c, stop
}

// startEdge registers an edge that applies everything at once until stop is called.
func startEdge(t *testing.T, s *state.Store, id string) (stop func()) {
	t.Helper()
	cfg, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h, err := s.KeepEdge(t.Context(), state.Edge{ID: id, POP: "LCL50-C1", Applied: cfg.Revision})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Watch(ctx, cfg.Observed, func(b state.Batch) error {
			if cfg.Apply(b); len(b.Changes) > 0 {
				h.Applied(cfg.Revision)
			}
			return nil
		})
	}()
	stop = func() {
		cancel()
		<-ended
		h.Close()
	}
	t.Cleanup(stop)
	return stop
}

// wantCode demands an API error of this code and status.
func wantCode(t *testing.T, err error, code string, status int) {
	t.Helper()
	e, ok := err.(*cloudfront.Error)
	if !ok || e.Code != code || e.Status != status {
		t.Helper()
		t.Errorf("got %v (%+v), want %s %d", err, e, code, status)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// s3Config is a distribution with one S3 origin and ForwardedValues, as the AWS CLI makes it.
func s3Config(reference string) *cloudfront.DistributionConfig {
	return &cloudfront.DistributionConfig{
		CallerReference: reference,
		Enabled:         true,
		Origins: cloudfront.Origins{Quantity: 1, Items: []cloudfront.Origin{{
			Id: "o1", DomainName: "bucket.s3.amazonaws.com", S3OriginConfig: &cloudfront.S3OriginConfig{},
		}}},
		DefaultCacheBehavior: cloudfront.DefaultCacheBehavior{
			TargetOriginId: "o1", ViewerProtocolPolicy: cloudfront.ViewerProtocolPolicyAllowAll,
			ForwardedValues: &cloudfront.ForwardedValues{Cookies: cloudfront.CookiePreference{Forward: cloudfront.ItemSelectionNone}},
			MinTTL:          new(int64),
		},
	}
}

func (c *Control) mustCreate(t *testing.T, cfg *cloudfront.DistributionConfig) (*cloudfront.Distribution, string) {
	t.Helper()
	d, etag, err := c.CreateDistribution(t.Context(), cfg, nil)
	must(t, err)
	return d, etag
}

func publicKeyPEM(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	return encodeKey(t, &key.PublicKey)
}

func rsaKeyPEM(t *testing.T, bits int) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	must(t, err)
	return encodeKey(t, &key.PublicKey)
}

func encodeKey(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	must(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func (c *Control) mustKey(t *testing.T, name string) string {
	t.Helper()
	k, _, err := c.CreatePublicKey(t.Context(), &cloudfront.PublicKeyConfig{CallerReference: name, Name: name, EncodedKey: publicKeyPEM(t)})
	must(t, err)
	return k.Id
}

func (c *Control) mustGroup(t *testing.T, name string, keys ...string) (id, etag string) {
	t.Helper()
	g, etag, err := c.CreateKeyGroup(t.Context(), &cloudfront.KeyGroupConfig{Name: name, Items: keys})
	must(t, err)
	return g.Id, etag
}

func ids(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprint(i)
	}
	return out
}
