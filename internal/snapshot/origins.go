package snapshot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/origin"
	"github.com/warmfront/warmfront/internal/state"
)

// CloudFront's defaults for origins (Developer Guide, "Origin settings").
const (
	defaultAttempts       = 3
	defaultConnectTimeout = 10
	defaultReadTimeout    = 30
	defaultKeepAlive      = 5
)

// origin compiles one origin of a distribution.
func (c *compiler) origin(r *state.Distribution, o *cloudfront.Origin) (*origin.Origin, error) {
	out := &origin.Origin{
		ID:               o.Id,
		Domain:           strings.ToLower(o.DomainName),
		Path:             deref(o.OriginPath),
		HTTPPort:         80,
		HTTPSPort:        443,
		ConnectAttempts:  int(or(o.ConnectionAttempts, defaultAttempts)),
		ConnectTimeout:   seconds(or(o.ConnectionTimeout, defaultConnectTimeout)),
		ReadTimeout:      seconds(defaultReadTimeout),
		KeepAliveTimeout: seconds(defaultKeepAlive),
	}
	if o.CustomHeaders != nil {
		for _, h := range o.CustomHeaders.Items {
			out.CustomHeaders = append(out.CustomHeaders, origin.Header{Name: h.HeaderName, Value: h.HeaderValue})
		}
	}
	if cu := o.CustomOriginConfig; cu != nil {
		out.HTTPPort, out.HTTPSPort = int(cu.HTTPPort), int(cu.HTTPSPort)
		out.Scheme = schemeOf(cu.OriginProtocolPolicy)
		out.ReadTimeout = seconds(or(cu.OriginReadTimeout, defaultReadTimeout))
		out.KeepAliveTimeout = seconds(or(cu.OriginKeepaliveTimeout, defaultKeepAlive))
	}
	if s3 := o.S3OriginConfig; s3 != nil {
		out.S3, out.Scheme = true, origin.MatchViewer
		out.ReadTimeout = seconds(or(s3.OriginReadTimeout, defaultReadTimeout))
		out.Bucket, out.Region, _ = cloudfront.ParseS3Domain(out.Domain, nil)
	}
	return out, c.sign(r, o, out)
}

// sign decides who signs requests to an origin. An external store takes the credentials of
// its settings, where they name the distribution; identities mean nothing there.
func (c *compiler) sign(r *state.Distribution, o *cloudfront.Origin, out *origin.Origin) error {
	if store, bucket := c.o.external(out.Domain); store != nil {
		out.S3, out.Bucket = true, bucket
		if store.Region != "" {
			out.Region = store.Region
		}
		if granted := store.Buckets[bucket]; slices.Contains(granted, r.ID) || slices.Contains(granted, "*") {
			out.Signing, out.Credentials = origin.SignAlways, store.Credentials
		}
		return nil
	}
	if id := deref(o.OriginAccessControlId); id != "" {
		return c.signAsDistribution(r, id, out)
	}
	if o.S3OriginConfig == nil {
		return nil
	}
	id, ok := cloudfront.OriginAccessIdentityID(o.S3OriginConfig.OriginAccessIdentity)
	if !ok {
		return fmt.Errorf("origin %q: bad origin access identity %q", o.Id, o.S3OriginConfig.OriginAccessIdentity)
	}
	if id == "" {
		return nil
	}
	identity := c.out.originAccess[id]
	if identity == nil {
		return nil // deleted, so void: the store refuses what is not signed
	}
	out.Signing = origin.SignAlways
	out.Credentials = origin.Credentials{AccessKeyID: identity.AccessKeyID, SecretAccessKey: identity.Secret}
	return nil
}

// signAsDistribution signs as an origin access control says, with the distribution's own key.
func (c *compiler) signAsDistribution(r *state.Distribution, id string, out *origin.Origin) error {
	oac := c.cfg.OriginAccessControls[id]
	if oac == nil {
		return fmt.Errorf("origin %q: no origin access control %q", out.ID, id)
	}
	switch oac.Config.SigningBehavior {
	case cloudfront.OriginAccessControlSigningBehaviorsAlways:
		out.Signing = origin.SignAlways
	case cloudfront.OriginAccessControlSigningBehaviorsNoOverride:
		out.Signing = origin.SignNoOverride
	default:
		return nil
	}
	secret, err := c.originSecret(r)
	if err != nil {
		return err
	}
	out.Credentials = origin.Credentials{AccessKeyID: state.DistributionAccessKeyID(r.ID), SecretAccessKey: secret}
	return nil
}

func schemeOf(p cloudfront.OriginProtocolPolicy) origin.Scheme {
	switch p {
	case cloudfront.OriginProtocolPolicyHttpsOnly:
		return origin.HTTPSOnly
	case cloudfront.OriginProtocolPolicyMatchViewer:
		return origin.MatchViewer
	}
	return origin.HTTPOnly
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }

func or(v *int64, def int64) int64 {
	if v == nil {
		return def
	}
	return *v
}

func deref[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
