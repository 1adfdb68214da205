package snapshot

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/httpcache"
	"github.com/warmfront/warmfront/internal/state"
)

// Compile makes the snapshot of cfg. prev is the snapshot before, or nil: distributions that
// neither changed themselves nor in what they refer to are taken over from it. The result is
// never nil. What could not be compiled is left out of it, so that a damaged record closes its
// own distribution and no other; err then names each.
func Compile(cfg *state.Config, prev *Snapshot, o Options) (*Snapshot, error) {
	if prev == nil || prev.ClusterID != cfg.ClusterID {
		prev = &Snapshot{}
	}
	c := &compiler{cfg: cfg, prev: prev, o: o, out: &Snapshot{
		Revision:      cfg.Revision,
		ClusterID:     cfg.ClusterID,
		distributions: make(map[string]*Distribution, len(cfg.Distributions)),
		hosts:         make(map[string]*Distribution, 2*len(cfg.Distributions)),
		wildcards:     map[string]*Distribution{},
		identities:    map[string]*Identity{},
		originAccess:  map[string]*Identity{},
		canonical:     map[string]*Identity{},
	}}
	c.originAccessIdentities()
	c.signers()
	for _, r := range cfg.Distributions {
		d, err := c.distribution(r)
		if err != nil {
			c.fail(fmt.Errorf("compile distribution %s: %w", r.ID, err))
			continue
		}
		c.add(r, d)
	}
	c.out.Invalidations = c.invalidations()
	c.revocations()
	return c.out, errors.Join(c.errs...)
}

// compiler is the state of one Compile.
type compiler struct {
	cfg  *state.Config
	prev *Snapshot
	o    Options
	out  *Snapshot
	errs []error

	keyPairs keyring // active key pairs of the account
	pairs    int64   // stands for them in stamps
	groups   map[string]keyring
}

func (c *compiler) fail(err error) { c.errs = append(c.errs, err) }

// add makes a distribution findable. Host names are claimed once in the state, so none is
// contested.
func (c *compiler) add(r *state.Distribution, d *Distribution) {
	c.out.distributions[d.ID] = d
	if !d.Enabled {
		return
	}
	if d.identity != nil {
		c.out.identities[d.identity.AccessKeyID] = d.identity
	}
	c.out.hosts[strings.ToLower(d.Domain)] = d
	if r.Config.Aliases == nil {
		return
	}
	for _, alias := range r.Config.Aliases.Items {
		alias = strings.ToLower(alias)
		if suffix, ok := strings.CutPrefix(alias, "*"); ok {
			c.out.wildcards[suffix] = d
		} else {
			c.out.hosts[alias] = d
		}
	}
}

// stamp lists the revisions of everything a distribution is compiled from. Equal stamps mean
// an equal result.
func (c *compiler) stamp(r *state.Distribution) []int64 {
	s := []int64{r.Revision}
	for _, o := range r.Config.Origins.Items {
		oac, oai := int64(0), int64(0)
		if a := c.cfg.OriginAccessControls[deref(o.OriginAccessControlId)]; a != nil {
			oac = a.Revision
		}
		if o.S3OriginConfig != nil {
			id, _ := cloudfront.OriginAccessIdentityID(o.S3OriginConfig.OriginAccessIdentity)
			if a := c.out.originAccess[id]; a != nil {
				oai = a.revision
			}
		}
		s = append(s, oac, oai)
	}
	for _, b := range r.Config.Behaviors() {
		s = append(s, c.policyStamp(&b)...)
		if t := b.TrustedSigners; t != nil && t.Enabled {
			s = append(s, c.pairs)
		}
		if t := b.TrustedKeyGroups; t != nil && t.Enabled {
			for _, id := range t.Items {
				s = append(s, c.groupStamp(id)...)
			}
		}
	}
	return s
}

// distribution compiles a distribution or takes it over from prev.
func (c *compiler) distribution(r *state.Distribution) (*Distribution, error) {
	stamp := c.stamp(r)
	if old := c.prev.distributions[r.ID]; old != nil && slices.Equal(old.stamp, stamp) {
		return old, nil
	}
	version := deref(r.Config.HttpVersion)
	d := &Distribution{
		ID:                r.ID,
		Domain:            r.Domain,
		Enabled:           r.Config.Enabled,
		DefaultRootObject: deref(r.Config.DefaultRootObject),
		TagHeader:         deref(r.Config.CacheTagConfig).HeaderName,
		HTTP2:             version != cloudfront.HttpVersionHttp1_1 && version != cloudfront.HttpVersionHttp3,
		HTTP3:             version == cloudfront.HttpVersionHttp3 || version == cloudfront.HttpVersionHttp2and3,
		Via:               c.pseudonym(r.ID),
		stamp:             stamp,
	}
	var err error
	if d.identity, err = c.identify(r); err != nil {
		return nil, err
	}
	if d.errors, err = errorResponses(r.Config.CustomErrorResponses); err != nil {
		return nil, err
	}
	if d.Behaviors, err = c.behaviors(r); err != nil {
		return nil, err
	}
	d.guarded = guarded(d.Behaviors)
	d.ViaField = ViaField(d.Via)
	return d, nil
}

// pseudonym is this edge's name in Via for a distribution.
func (c *compiler) pseudonym(id string) string {
	sum := sha256.Sum256([]byte(c.o.NodeID + "\x00" + id))
	return hex.EncodeToString(sum[:16]) + ".cloudfront.net"
}

// guarded reports whether it matters which behavior a spelling selects: some are restricted,
// and not all by the same keys.
func guarded(all []*Behavior) bool {
	first := all[0]
	for _, b := range all[1:] {
		if b.Restricted != first.Restricted || b.Restricted && !maps.Equal(b.Keys, first.Keys) {
			return true
		}
	}
	return false
}

func errorResponses(list *cloudfront.CustomErrorResponses) (map[int]*ErrorResponse, error) {
	if list == nil || len(list.Items) == 0 {
		return nil, nil
	}
	out := make(map[int]*ErrorResponse, len(list.Items))
	for _, e := range list.Items {
		r := &ErrorResponse{CachingMinTTL: httpcache.DefaultErrorTTL, Page: deref(e.ResponsePagePath)}
		if e.ErrorCachingMinTTL != nil {
			r.CachingMinTTL = time.Duration(*e.ErrorCachingMinTTL) * time.Second
		}
		if r.Page != "" {
			status, err := strconv.Atoi(deref(e.ResponseCode))
			if err != nil {
				return nil, fmt.Errorf("custom error response %d: response code: %w", e.ErrorCode, err)
			}
			r.Status = status
		}
		out[int(e.ErrorCode)] = r
	}
	return out, nil
}
