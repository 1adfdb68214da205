package snapshot

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"

	"github.com/warmfront/warmfront/internal/state"
)

// revocations brings the tables up to date with the configuration.
func (c *compiler) revocations() {
	old := &c.prev.revoked
	changes, known := c.cfg.RevocationsSince(c.prev.Revision)
	if known && len(changes) == 0 {
		c.out.revoked = *old
		return
	}
	if !known {
		old, changes = &revocations{}, nil
		for id, r := range c.cfg.Revocations {
			changes = append(changes, state.Change{ID: id, Record: r})
		}
	}
	e := &revocationEdit{records: old.records.draft(hashID), lastCut: old.lastCut, subjects: map[subject][]ruleChange{}}
	for _, ch := range changes {
		if was, ok := e.records.get(ch.ID); ok {
			e.note(was, false)
			e.records.remove(ch.ID)
		}
		if r, ok := ch.Record.(*state.Revocation); ok {
			e.note(r, true)
			e.records.set(ch.ID, r)
		}
	}
	c.out.revoked = e.apply(old)
}

// revocationEdit is a change of the tables under way: what changes is gathered first, so that
// many revocations of one key cost no more than as many of different ones.
type revocationEdit struct {
	records  *draft[string, *state.Revocation]
	subjects map[subject][]ruleChange
	lastCut  int64
}

// subject is what some revocations are about: a policy, a key (where the text is zero) or a path.
type subject struct {
	policy             policyID
	distribution, path string // path is literal
	prefix             bool
}

// ruleChange is a revocation that comes or goes.
type ruleChange struct {
	r  *state.Revocation
	in bool
}

func (e *revocationEdit) note(r *state.Revocation, in bool) {
	if in && r.Cut {
		e.lastCut = max(e.lastCut, r.Revision)
	}
	add := func(t subject) { e.subjects[t] = append(e.subjects[t], ruleChange{r, in}) }
	switch {
	case r.OfPolicy != nil && len(r.OfPolicy.Fingerprint) == sha256.Size:
		for _, text := range r.OfPolicy.Texts {
			if len(text) == sha256.Size {
				add(subject{policy: policyID{digest(text), digest(r.OfPolicy.Fingerprint)}})
			}
		}
	case r.OfKey != nil && len(r.OfKey.Fingerprint) == sha256.Size:
		add(subject{policy: policyID{key: digest(r.OfKey.Fingerprint)}})
	case r.OfResource != nil:
		literal, prefix := revokedPath(r.OfResource.Path)
		add(subject{distribution: r.OfResource.DistributionID, path: literal, prefix: prefix})
	}
}

// apply makes the new tables.
func (e *revocationEdit) apply(old *revocations) revocations {
	policies, expiries, keys := old.policies.draft(hashPolicy), old.expiries.draft(hashExpiry), old.keys.draft(hashDigest)
	trees := maps.Clone(old.paths)
	if trees == nil {
		trees = map[string]*paths{}
	}
	for t, changes := range e.subjects {
		switch {
		case t.distribution != "":
			setTree(trees, t, changes)
		case t.policy.text == digest{}:
			setRules(keys, t.policy.key, changes)
		default:
			setRules(policies, t.policy, changes)
			for _, ch := range changes {
				countExpiry(expiries, ch)
			}
		}
	}
	return revocations{
		records: e.records.table, policies: policies.table, expiries: expiries.table, keys: keys.table,
		paths: trees, lastCut: e.lastCut,
	}
}

func setRules[K comparable](d *draft[K, *rules], k K, changes []ruleChange) {
	of, _ := d.get(k)
	if of = of.with(changes); of == nil {
		d.remove(k)
	} else {
		d.set(k, of)
	}
}

func countExpiry(d *draft[int64, int], ch ruleChange) {
	at := ch.r.Until.Unix()
	n, _ := d.get(at)
	switch {
	case ch.in:
		d.set(at, n+1)
	case n <= 1:
		d.remove(at)
	default:
		d.set(at, n-1)
	}
}

func setTree(trees map[string]*paths, t subject, changes []ruleChange) {
	tree := trees[t.distribution].with(t.path, func(n *paths) {
		if t.prefix {
			n.prefix = n.prefix.with(changes)
		} else {
			n.whole = n.whole.with(changes)
		}
	})
	if tree == nil {
		delete(trees, t.distribution)
	} else {
		trees[t.distribution] = tree
	}
}

func hashDigest(d digest) uint      { return uint(binary.LittleEndian.Uint32(d[:])) }
func hashPolicy(p policyID) uint    { return hashDigest(p.text) }
func hashExpiry(seconds int64) uint { return uint(seconds) }

func hashID(id string) uint {
	h := uint(2166136261)
	for i := range len(id) {
		h = (h ^ uint(id[i])) * 16777619
	}
	return h
}
