package snapshot

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/origin"
	"github.com/warmfront/warmfront/internal/state"
)

func ptr[T any](v T) *T { return &v }

func newKey(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// options open secrets that say which access key they are for.
var options = Options{
	AccountID: "123456789012",
	NodeID:    "node",
	Open: func(sealed []byte, id string) ([]byte, error) {
		secret, ok := strings.CutPrefix(string(sealed), id+":")
		if !ok {
			return nil, errors.New("sealed for another record")
		}
		return []byte(secret), nil
	},
}

// recipe is the classic private distribution E1: an S3 origin behind an origin access
// identity, signed by the account's key pairs.
func recipe(t *testing.T) *state.Config {
	cfg := state.NewConfig("cluster")
	cfg.Revision = 10
	cfg.KeyPairs["APKA1"] = &state.KeyPair{Meta: state.Meta{ID: "APKA1", Revision: 1}, PublicKeyPEM: newKey(t), Active: true}
	cfg.KeyPairs["APKA2"] = &state.KeyPair{Meta: state.Meta{ID: "APKA2", Revision: 2}, PublicKeyPEM: newKey(t)}
	cfg.OriginAccessIdentities["EOAI"] = &state.OriginAccessIdentity{
		Meta: state.Meta{ID: "EOAI", Revision: 3}, CanonicalID: "c0ffee", Secret: []byte("WFOAIEOAI:oai-secret"),
	}
	d := &state.Distribution{Meta: state.Meta{ID: "E1", Revision: 4}, Domain: "d1.cloudfront.localhost"}
	d.OriginSecret = []byte("WFOACE1:dist-secret")
	d.Config = cloudfront.DistributionConfig{
		Enabled: true,
		Aliases: &cloudfront.Aliases{Items: []string{"www.example.com", "*.media.example.com"}},
		Origins: cloudfront.Origins{Items: []cloudfront.Origin{{
			Id: "s3", DomainName: "Bucket.s3.eu-west-1.amazonaws.com", OriginPath: ptr("/prefix"),
			S3OriginConfig: &cloudfront.S3OriginConfig{OriginAccessIdentity: "origin-access-identity/cloudfront/EOAI"},
		}}},
		DefaultCacheBehavior: cloudfront.DefaultCacheBehavior{
			TargetOriginId: "s3", ViewerProtocolPolicy: cloudfront.ViewerProtocolPolicyRedirectToHttps,
			TrustedSigners:  &cloudfront.TrustedSigners{Enabled: true, Items: []string{"self"}},
			ForwardedValues: &cloudfront.ForwardedValues{Cookies: cloudfront.CookiePreference{Forward: "none"}},
			MinTTL:          ptr(int64(0)), Compress: ptr(true),
		},
		DefaultRootObject:    ptr("index.html"),
		CustomErrorResponses: &cloudfront.CustomErrorResponses{Items: []cloudfront.CustomErrorResponse{{ErrorCode: 404, ResponsePagePath: ptr("/404.html"), ResponseCode: ptr("200"), ErrorCachingMinTTL: ptr(int64(5))}}},
		HttpVersion:          ptr(cloudfront.HttpVersionHttp2and3),
	}
	cloudfront.SetDefaults(&d.Config)
	cfg.Distributions["E1"] = d
	return cfg
}

func compile(t *testing.T, cfg *state.Config, prev *Snapshot) *Snapshot {
	t.Helper()
	s, err := Compile(cfg, prev, options)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCompileClassicRecipe(t *testing.T) {
	t.Parallel()
	s := compile(t, recipe(t), nil)
	d := s.Host("D1.cloudfront.localhost:8443")
	if d == nil || d.ID != "E1" || !d.HTTP2 || !d.HTTP3 {
		t.Fatalf("distribution %+v", d)
	}
	b, also := d.Select("/x/y")
	if also != nil || !b.Restricted || b.Keys["APKA1"] == nil || b.Keys["APKA2"] != nil || b.Protocol != RedirectToHTTPS {
		t.Errorf("behavior %+v", b)
	}
	if b.Allowed != GET|HEAD || !b.Compress || !b.Recipe.Gzip || b.Recipe.Brotli || b.DefaultTTL != defaultTTL {
		t.Errorf("behavior %+v", b)
	}
	o := b.Origin
	if !o.S3 || o.Bucket != "bucket" || o.Region != "eu-west-1" || o.Path != "/prefix" || o.Signing != origin.SignAlways ||
		o.Credentials != (origin.Credentials{AccessKeyID: "WFOAIEOAI", SecretAccessKey: "oai-secret"}) {
		t.Errorf("origin %+v", o)
	}
	if e := d.ErrorResponse(404); e == nil || e.Page != "/404.html" || e.Status != 200 || e.CachingMinTTL != seconds(5) {
		t.Errorf("error response %+v", e)
	}
	if i := s.ByAccessKey("WFOACE1"); i == nil || i.Secret != "dist-secret" || i.ARN != "arn:aws:cloudfront::123456789012:distribution/E1" {
		t.Errorf("identity %+v", i)
	}
	if i := s.OriginAccessIdentityByCanonicalID("c0ffee"); i == nil || i != s.ByAccessKey("WFOAIEOAI") || i != s.OriginAccessIdentity("EOAI") {
		t.Errorf("identity %+v", i)
	}
}

func TestHosts(t *testing.T) {
	t.Parallel()
	s := compile(t, recipe(t), nil)
	for host, want := range map[string]bool{
		"d1.cloudfront.localhost": true, "www.example.com": true, "WWW.Example.com.": true, "www.example.com:8443": true,
		"a.media.example.com": true, "a.b.media.example.com": true, "media.example.com": false, "example.com": false,
		".media.example.com": false, "": false, "d2.cloudfront.localhost": false, "[::1]:80": false, "[::1]": false,
	} {
		if got := s.Host(host) != nil; got != want {
			t.Errorf("Host(%q) found %v", host, got)
		}
	}
}

func TestDisabledDistributionsAreVoid(t *testing.T) {
	t.Parallel()
	cfg := recipe(t)
	cfg.Distributions["E1"].Config.Enabled = false
	s := compile(t, cfg, nil)
	if s.Host("d1.cloudfront.localhost") != nil || s.Host("www.example.com") != nil || s.ByAccessKey("WFOACE1") != nil || s.Distribution("E1") == nil {
		t.Error("a disabled distribution serves or signs")
	}
}

func TestCompileModernForms(t *testing.T) {
	t.Parallel()
	cfg := recipe(t)
	cfg.PublicKeys["K1"] = &state.PublicKey{Meta: state.Meta{ID: "K1", Revision: 5}, Config: cloudfront.PublicKeyConfig{EncodedKey: newKey(t)}}
	cfg.KeyGroups["g"] = &state.KeyGroup{Meta: state.Meta{ID: "g", Revision: 6}, Config: cloudfront.KeyGroupConfig{Items: []string{"K1", "Kgone"}}}
	cfg.OriginAccessControls["EOAC"] = &state.OriginAccessControl{Meta: state.Meta{ID: "EOAC", Revision: 7}, Config: cloudfront.OriginAccessControlConfig{SigningBehavior: "always"}}
	c := &cfg.Distributions["E1"].Config
	c.Origins.Items[0].S3OriginConfig.OriginAccessIdentity = ""
	c.Origins.Items[0].OriginAccessControlId = ptr("EOAC")
	b := &c.DefaultCacheBehavior
	b.TrustedSigners, b.ForwardedValues = &cloudfront.TrustedSigners{}, nil
	b.TrustedKeyGroups = &cloudfront.TrustedKeyGroups{Enabled: true, Items: []string{"g"}}
	b.CachePolicyId = ptr("658327ea-f89d-4fab-a63d-7e88639e58f6")
	b.OriginRequestPolicyId = ptr("88a5eaf4-2fd4-4709-b370-b4c650ea3fcf")
	s := compile(t, cfg, nil)
	got, _ := s.Distribution("E1").Select("/")
	if len(got.Keys) != 1 || got.Keys["K1"] == nil || got.MinTTL != seconds(1) || !got.Recipe.Brotli || got.Recipe.Legacy {
		t.Errorf("behavior %+v", got)
	}
	if !got.Recipe.SendHeaders.Has("origin") || got.Recipe.SendHeaders.Has("referer") || got.Recipe.KeysHeader("origin") {
		t.Errorf("recipe %+v", got.Recipe)
	}
	if o := got.Origin; o.Signing != origin.SignAlways || o.Credentials.AccessKeyID != "WFOACE1" || o.Credentials.SecretAccessKey != "dist-secret" {
		t.Errorf("origin %+v", o)
	}
}

func TestCompileReusesWhatDidNotChange(t *testing.T) {
	t.Parallel()
	cfg := recipe(t)
	first := compile(t, cfg, nil)
	cfg.Revision = 11
	second := compile(t, cfg, first)
	if second.Distribution("E1") != first.Distribution("E1") || second.Revision != 11 {
		t.Error("an unchanged distribution was compiled again")
	}
	for name, change := range map[string]func(*state.Config){
		"the record": func(c *state.Config) { c.Distributions["E1"].Revision++ },
		"a key pair's state": func(c *state.Config) {
			p := *c.KeyPairs["APKA1"]
			p.Active, p.Revision = false, 20
			c.KeyPairs["APKA1"] = &p
		},
		"a key pair's removal": func(c *state.Config) { delete(c.KeyPairs, "APKA1") },
		"the identity":         func(c *state.Config) { delete(c.OriginAccessIdentities, "EOAI") },
		"the cluster":          func(c *state.Config) { c.ClusterID = "other" },
	} {
		cfg := recipe(t)
		prev := compile(t, cfg, nil)
		change(cfg)
		next := compile(t, cfg, prev)
		if next.Distribution("E1") == prev.Distribution("E1") {
			t.Errorf("%s changed, the distribution did not", name)
		}
	}
}

func TestDeletedIdentityIsVoid(t *testing.T) {
	t.Parallel()
	cfg := recipe(t)
	prev := compile(t, cfg, nil)
	delete(cfg.OriginAccessIdentities, "EOAI")
	s := compile(t, cfg, prev)
	if s.ByAccessKey("WFOAIEOAI") != nil || s.OriginAccessIdentity("EOAI") != nil || s.OriginAccessIdentityByCanonicalID("c0ffee") != nil {
		t.Error("a deleted identity is known")
	}
	if o := s.Distribution("E1").Behaviors[0].Origin; o.Signing != origin.NoSigning {
		t.Errorf("origin %+v", o)
	}
}

func TestDamagedRecordsCloseTheirOwnDistributionOnly(t *testing.T) {
	t.Parallel()
	cfg := recipe(t)
	bad := *cfg.Distributions["E1"]
	bad.ID, bad.Domain = "E2", "d2.cloudfront.localhost" // its secret is sealed for E1
	bad.Config.Aliases = nil
	cfg.Distributions["E2"] = &bad
	cfg.KeyPairs["APKA9"] = &state.KeyPair{Meta: state.Meta{ID: "APKA9", Revision: 8}, PublicKeyPEM: "nonsense", Active: true}
	s, err := Compile(cfg, nil, options)
	if err == nil || !strings.Contains(err.Error(), "E2") || !strings.Contains(err.Error(), "APKA9") {
		t.Errorf("err = %v", err)
	}
	if s.Host("d2.cloudfront.localhost") != nil || s.Host("d1.cloudfront.localhost") == nil {
		t.Error("wrong distribution closed")
	}
}

func TestExternalStores(t *testing.T) {
	t.Parallel()
	cfg := recipe(t)
	cfg.Distributions["E1"].Config.Origins.Items[0].DomainName = "films.s3.example.net"
	o := options
	creds := origin.Credentials{AccessKeyID: "AK", SecretAccessKey: "SK"}
	o.ExternalS3 = []ExternalS3{{HostSuffix: "s3.example.net", Region: "x", Credentials: creds, Buckets: map[string][]string{"films": {"E1"}, "other": {"E2"}}}}
	s, err := Compile(cfg, nil, o)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Distribution("E1").Behaviors[0].Origin; got.Signing != origin.SignAlways || got.Credentials != creds || got.Bucket != "films" || got.Region != "x" {
		t.Errorf("origin %+v", got)
	}
	o.ExternalS3[0].Buckets = map[string][]string{"films": {"E2"}}
	s, _ = Compile(cfg, nil, o)
	if got := s.Distribution("E1").Behaviors[0].Origin; got.Signing != origin.NoSigning || got.Credentials != (origin.Credentials{}) {
		t.Errorf("origin %+v", got)
	}
}

func TestInvalidations(t *testing.T) {
	t.Parallel()
	cfg := recipe(t)
	add := func(id string, revision int64, paths ...string) {
		cfg.Invalidations["E1/"+id] = &state.Invalidation{
			Meta: state.Meta{ID: id, Revision: revision}, DistributionID: "E1",
			Batch: cloudfront.InvalidationBatch{Paths: cloudfront.Paths{Items: paths}},
		}
	}
	add("I2", 9, "/b c*", "/caf%c3%a9?x=%41", "#Tag")
	add("I1", 8, "/", "/a%2")
	rules := compile(t, cfg, nil).Invalidations
	want := []cachestore.Rule{
		{Revision: 8, DistributionID: "E1", Path: "/"},
		{Revision: 8, DistributionID: "E1", Path: "/index.html"},
		{Revision: 8, DistributionID: "E1", Path: "/a%2"},
		{Revision: 9, DistributionID: "E1", Path: "/b c*"},
		{Revision: 9, DistributionID: "E1", Path: "/café?x=%41"},
		{Revision: 9, DistributionID: "E1", Tag: "Tag"},
	}
	if len(rules) != len(want) {
		t.Fatalf("rules %+v", rules)
	}
	for i := range want {
		if rules[i] != want[i] {
			t.Errorf("rule %d: %+v, want %+v", i, rules[i], want[i])
		}
	}
	for raw, want := range map[string]string{"/a%20b": "/a b", "/a//b/./c": "/a/b/c", "/%3f%2A%25": "/%3F%2A%25", "/%e4": "/\xe4"} {
		if got := InvalidationPath(raw); got != want {
			t.Errorf("InvalidationPath(%q) = %q, want %q", raw, got, want)
		}
	}
}
