package control

import (
	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

// reference is a resource that a distribution or key group names.
type reference struct {
	kind state.Kind
	id   string
}

// references collects what a distribution names, each once. The configuration has been
// completed by SetDefaults and validated.
func references(cfg *cloudfront.DistributionConfig) map[reference]bool {
	refs := map[reference]bool{}
	add := func(kind state.Kind, id string) {
		if id != "" {
			refs[reference{kind, id}] = true
		}
	}
	for _, o := range cfg.Origins.Items {
		if o.S3OriginConfig != nil {
			id, _ := cloudfront.OriginAccessIdentityID(o.S3OriginConfig.OriginAccessIdentity)
			add(state.KindOriginAccessIdentity, id)
		}
		if o.OriginAccessControlId != nil {
			add(state.KindOriginAccessControl, *o.OriginAccessControlId)
		}
	}
	for _, b := range cfg.Behaviors() {
		if b.TrustedKeyGroups != nil {
			for _, id := range b.TrustedKeyGroups.Items {
				add(state.KindKeyGroup, id)
			}
		}
		if b.CachePolicyId != nil {
			add(state.KindCachePolicy, *b.CachePolicyId)
		}
		if b.OriginRequestPolicyId != nil {
			add(state.KindOriginRequestPolicy, *b.OriginRequestPolicyId)
		}
		if b.ResponseHeadersPolicyId != nil {
			add(state.KindResponseHeadersPolicy, *b.ResponseHeadersPolicyId)
		}
	}
	return refs
}

// keyReferences are the public keys a key group names.
func keyReferences(cfg *cloudfront.KeyGroupConfig) map[reference]bool {
	refs := map[reference]bool{}
	for _, id := range cfg.Items {
		refs[reference{state.KindPublicKey, id}] = true
	}
	return refs
}

// refer records what user names now instead of before: new targets must exist at the moment
// of the commit, targets no longer named are released.
func refer(txn *state.Txn, user string, before, now map[reference]bool) {
	for r := range now {
		if before[r] {
			continue
		}
		if !managed(r) {
			txn.Require(state.RecordKey(r.kind, r.id))
		}
		txn.Mark(state.ReferenceKey(r.kind, r.id, user), "")
	}
	for r := range before {
		if !now[r] {
			txn.Remove(state.ReferenceKey(r.kind, r.id, user))
		}
	}
}

// managed reports whether r is one of CloudFront's own policies, which are not records.
func managed(r reference) (ok bool) {
	switch r.kind {
	case state.KindCachePolicy:
		_, ok = cloudfront.ManagedCachePolicy(r.id)
	case state.KindOriginRequestPolicy:
		_, ok = cloudfront.ManagedOriginRequestPolicy(r.id)
	case state.KindResponseHeadersPolicy:
		_, ok = cloudfront.ManagedResponseHeadersPolicy(r.id)
	}
	return ok
}

// claimAliases takes the aliases in now that are not in before and gives up the others.
func claimAliases(txn *state.Txn, id string, before, now []string) {
	held := map[state.Key]bool{}
	for _, a := range before {
		held[state.AliasKey(a)] = true
	}
	for _, a := range now {
		k := state.AliasKey(a)
		if !held[k] {
			txn.Claim(k, id)
		}
		delete(held, k)
	}
	for k := range held {
		txn.Remove(k)
	}
}
