package control

import (
	"bytes"
	"context"
	"crypto/sha256"
	"strings"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
	"github.com/warmfront/warmfront/signedurl"
)

// RevocationConfig asks for a revocation. Exactly one of URL, KeyID and Path is set.
type RevocationConfig struct {
	Comment string    // for people; at most 256 bytes
	Until   time.Time // when it ends; required unless URL is set
	Cut     bool      // downloads under way are cut off

	// URL revokes the policy of a signed URL, or of the signed cookies in Cookie when asking for
	// URL. The signature is not looked at and may be missing.
	URL, Cookie string

	// KeyID revokes what a public key or key pair has signed: all, or what expires by ExpiringBy.
	KeyID      string
	ExpiringBy time.Time

	// Path of a distribution revokes that path, or with a final * all that begin so.
	DistributionID, Path string
}

// maxCommentBytes bounds a revocation's comment.
const maxCommentBytes = 256

// CreateRevocation puts a revocation in force. It waits up to Options.Hold for the live edges.
func (c *Control) CreateRevocation(ctx context.Context, cfg *RevocationConfig) (*state.Revocation, error) {
	r := &state.Revocation{Meta: c.newMeta(cloudfront.NewRevocationID(c.o.Rand)), Comment: cfg.Comment, Until: cfg.Until.UTC(), Cut: cfg.Cut}
	asked := 0
	for _, set := range []bool{cfg.URL != "", cfg.KeyID != "", cfg.Path != ""} {
		if set {
			asked++
		}
	}
	var txn state.Txn
	var err error
	switch {
	case asked != 1:
		return nil, invalidRevocation("name one of a policy, a key and a resource")
	case len(cfg.Comment) > maxCommentBytes:
		return nil, invalidRevocation("the comment is longer than 256 bytes")
	case cfg.URL != "":
		err = c.revokePolicy(ctx, r, cfg)
	case cfg.KeyID != "":
		err = c.revokeKey(ctx, r, cfg)
	default:
		txn.Require(state.RecordKey(state.KindDistribution, cfg.DistributionID))
		err = c.revokeResource(ctx, r, cfg)
	}
	if err != nil {
		return nil, err
	}
	if r.Until.IsZero() {
		return nil, invalidRevocation("until is required")
	}
	if !r.Until.After(c.o.Now()) {
		return nil, invalidRevocation("it would have ended at " + r.Until.Format(time.RFC3339))
	}
	txn.Create(r)
	if r.Revision, err = c.takeAway(ctx, &txn, r, state.Created); err != nil {
		return nil, err
	}
	return r, nil
}

func invalidRevocation(why string) error {
	return cloudfront.Errorf("InvalidArgument", "The revocation is not valid: %s.", why)
}

// revokePolicy fills in the policy of a URL or of cookies.
func (c *Control) revokePolicy(ctx context.Context, r *state.Revocation, cfg *RevocationConfig) error {
	texts, keyID, err := policyTexts(cfg.URL, cfg.Cookie)
	if err != nil {
		return err
	}
	policy, err := signedurl.ParsePolicy(texts[0])
	if err != nil {
		return invalidRevocation("its policy cannot be read: " + strings.TrimPrefix(err.Error(), "signedurl: "))
	}
	expires := policy.Expires.UTC()
	if !cfg.Until.IsZero() && !cfg.Until.Equal(expires) {
		return invalidRevocation("a policy is revoked until it expires, at " + expires.Format(time.RFC3339))
	}
	if !expires.After(c.o.Now()) {
		return invalidRevocation("the policy has expired, at " + expires.Format(time.RFC3339))
	}
	fingerprint, err := c.fingerprint(ctx, keyID)
	if err != nil {
		return err
	}
	r.Until = expires
	r.OfPolicy = &state.RevokedPolicy{KeyID: keyID, Fingerprint: fingerprint, Resource: policy.Resource}
	for _, text := range texts {
		sum := sha256.Sum256(text)
		r.OfPolicy.Texts = append(r.OfPolicy.Texts, sum[:])
	}
	return nil
}

// policyTexts are the texts that the signature of a URL or of cookies may be over. For canned
// policies, which name the URL itself, the host counts with its port and without, and as it is
// written.
func policyTexts(url, cookie string) (texts [][]byte, keyID string, err error) {
	request, err := signedurl.NewRequest(url, cookie)
	if err != nil {
		return nil, "", invalidRevocation(strings.TrimPrefix(err.Error(), "signedurl: "))
	}
	written := strings.TrimSpace(url)
	written = written[strings.Index(written, "://")+len("://"):]
	if end := strings.IndexAny(written, `/?#\`); end >= 0 {
		written = written[:end]
	}
	for _, host := range []string{request.Host, portless(request.Host), written, portless(written)} {
		request.Host = host
		credentials, err := signedurl.Parse(&request)
		if err != nil {
			return nil, "", invalidRevocation("the URL is not signed and there are no signed cookies")
		}
		found, err := credentials.PolicyTexts()
		if err != nil {
			return nil, "", invalidRevocation("the policy cannot be told: " + strings.TrimPrefix(err.Error(), "signedurl: "))
		}
		keyID = credentials.KeyPairID
		known := false
		for _, text := range texts {
			known = known || bytes.Equal(text, found[0])
		}
		if !known {
			texts = append(texts, found[0])
		}
	}
	return texts, keyID, nil
}

// portless is a host without its port.
func portless(host string) string {
	if i := strings.LastIndexByte(host, ':'); i > 0 && strings.IndexByte(host[i:], ']') < 0 {
		return host[:i]
	}
	return host
}

func (c *Control) revokeKey(ctx context.Context, r *state.Revocation, cfg *RevocationConfig) error {
	fingerprint, err := c.fingerprint(ctx, cfg.KeyID)
	if err != nil {
		return err
	}
	r.OfKey = &state.RevokedKey{KeyID: cfg.KeyID, Fingerprint: fingerprint}
	if !cfg.ExpiringBy.IsZero() {
		by := cfg.ExpiringBy.UTC()
		r.OfKey.ExpiringBy = &by
		if r.Until.IsZero() || r.Until.After(by) {
			// What it revokes has expired by then.
			r.Until = by.Add(time.Second)
		}
	}
	return nil
}

func (c *Control) revokeResource(ctx context.Context, r *state.Revocation, cfg *RevocationConfig) error {
	if err := c.read(ctx, &state.Distribution{Meta: state.Meta{ID: cfg.DistributionID}}); err != nil {
		return err
	}
	literal := strings.TrimSuffix(cfg.Path, "*")
	switch {
	case !strings.HasPrefix(literal, "/"), len(literal) > 8192:
		return invalidRevocation("the path must begin with / and have at most 8192 bytes")
	case strings.ContainsAny(literal, "*?#"):
		return invalidRevocation("the path is literal: only one * is possible, at its end, and neither query nor fragment; write them as %2A, %3F and %23 where they are part of a name")
	}
	r.OfResource = &state.RevokedResource{DistributionID: cfg.DistributionID, Path: cfg.Path}
	return nil
}

// fingerprint finds the key that a key pair id of signed URLs names.
func (c *Control) fingerprint(ctx context.Context, id string) ([]byte, error) {
	text, err := c.keyText(ctx, id)
	if err != nil {
		return nil, err
	}
	key, err := signedurl.ParsePublicKey([]byte(text))
	if err != nil {
		return nil, invalidRevocation("nothing is signed with key " + id + ", which cannot be read")
	}
	sum := key.Fingerprint()
	return sum[:], nil
}

// keyText is the PEM text of a public key or key pair.
func (c *Control) keyText(ctx context.Context, id string) (string, error) {
	pair, err := c.KeyPair(ctx, id)
	if err == nil {
		return pair.PublicKeyPEM, nil
	}
	if cloudfront.CodeOf(err) != "NoSuchKeyPair" {
		return "", err
	}
	key, _, err := c.PublicKey(ctx, id)
	if cloudfront.CodeOf(err) == "NoSuchPublicKey" {
		return "", noSuchKey(id)
	}
	if err != nil {
		return "", err
	}
	return key.PublicKeyConfig.EncodedKey, nil
}

// Revocation answers with a revocation, waiting up to Options.Hold for edges to report.
func (c *Control) Revocation(ctx context.Context, id string) (*state.Revocation, error) {
	r := &state.Revocation{Meta: state.Meta{ID: id}}
	if err := c.read(ctx, r); err != nil {
		return nil, err
	}
	c.fleet.await(ctx, r.Revision, c.o.Hold)
	return r, nil
}

// Revocations lists at most limit revocations by id, from behind marker.
func (c *Control) Revocations(ctx context.Context, marker string, limit int) (list []*state.Revocation, more bool, err error) {
	list, _, err = state.List[state.Revocation](ctx, c.store, "", state.Page{After: marker, Limit: limit + 1})
	if err != nil {
		return nil, false, c.unavailable(err)
	}
	if len(list) > limit {
		return list[:limit], true, nil
	}
	return list, false, nil
}

// DeleteRevocation takes a revocation back. It waits up to Options.Hold for the live edges.
func (c *Control) DeleteRevocation(ctx context.Context, id string) error {
	r := &state.Revocation{Meta: state.Meta{ID: id}}
	if err := c.read(ctx, r); err != nil {
		return err
	}
	var txn state.Txn
	txn.Delete(r)
	revision, err := c.commit(ctx, &txn, r, state.Removed)
	if err == nil {
		c.fleet.await(ctx, revision, c.o.Hold)
	}
	return err
}

// InForce reports whether every live edge serves a revision.
func (c *Control) InForce(revision int64) bool { return c.fleet.applied(revision) }
