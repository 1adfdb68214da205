package cachestore

import (
	"maps"
	"strings"
	"sync"
	"sync/atomic"
)

// Rule is one invalidation: objects of the distribution whose request was sent
// before Revision had been applied are void if the rule names them. Exactly
// one of Path and Tag is set.
type Rule struct {
	Revision       int64 // the state revision that brought the invalidation, > 0
	DistributionID string
	// Path is matched case-sensitively with the object's Target, escaped and
	// normalised the same way by the caller. A trailing "*" makes it a prefix
	// of the path with its query; otherwise path and query must both be equal,
	// where the query is the part of it in the cache key (CloudFront, Paths to
	// invalidate).
	Path string
	Tag  string // cache tag, any case
}

// ruleTable holds the rules and answers whether one voids an object, in
// O(length of the path).
type ruleTable struct {
	version  atomic.Int64 // changes with every change of the table
	epoch    atomic.Int64 // changes with Flush
	revision atomic.Int64 // newest revision applied completely
	newest   atomic.Int64 // newest revision of any rule

	mu    sync.RWMutex
	dists map[string]*distRules // guarded by mu
	count int64                 // guarded by mu; an upper bound between prunings
}

// distRules are the rules of one distribution: each maps to its newest revision.
type distRules struct {
	exact     map[exactPath]int64
	tags      map[string]int64 // lower-cased
	newestTag int64
	prefixes  prefixTree
}

type exactPath struct{ path, query string }

// init makes the table ready; objects count as unchecked at version 0.
func (t *ruleTable) init() {
	t.dists = map[string]*distRules{}
	t.version.Store(1)
}

// add enters rules and only then raises the revision: a fill that begins in
// between carries the older one and is void. It reports the newest revision.
func (t *ruleTable) add(rules []Rule) {
	newest := int64(0)
	t.mu.Lock()
	for _, r := range rules {
		t.dist(r.DistributionID).add(r)
		newest = max(newest, r.Revision)
	}
	t.count += int64(len(rules))
	t.newest.Store(max(t.newest.Load(), newest))
	t.version.Add(1)
	t.mu.Unlock()
	t.advance(newest)
}

// advance raises the revision.
func (t *ruleTable) advance(revision int64) {
	for {
		old := t.revision.Load()
		if revision <= old || t.revision.CompareAndSwap(old, revision) {
			return
		}
	}
}

// dist returns a distribution's rules, making them if need be. Caller holds mu.
func (t *ruleTable) dist(id string) *distRules {
	d := t.dists[id]
	if d == nil {
		d = &distRules{exact: map[exactPath]int64{}, tags: map[string]int64{}}
		t.dists[id] = d
	}
	return d
}

// add enters one rule.
func (d *distRules) add(r Rule) {
	prefix, wildcard := strings.CutSuffix(r.Path, "*")
	switch {
	case r.Tag != "":
		tag := strings.ToLower(r.Tag)
		d.tags[tag] = max(d.tags[tag], r.Revision)
		d.newestTag = max(d.newestTag, r.Revision)
	case wildcard:
		d.prefixes.add(prefix, r.Revision)
	default:
		path, query, _ := strings.Cut(r.Path, "?")
		key := exactPath{path, query}
		d.exact[key] = max(d.exact[key], r.Revision)
	}
}

// newestFor returns the newest revision of any rule about a target, except
// those about tags.
func (d *distRules) newestFor(t Target) int64 {
	return max(d.exact[exactPath{t.Path, t.Query}], d.prefixes.newest(t.Path, t.Query))
}

// voids reports whether o is of before a flush or named by a rule newer than
// it.
func (t *ruleTable) voids(o *Object) bool {
	if o.epoch != t.epoch.Load() {
		return true
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	d := t.dists[o.target.DistributionID]
	if d == nil {
		return false
	}
	if d.newestFor(o.target) > o.revision {
		return true
	}
	if d.newestTag > o.revision {
		for _, tag := range o.head.Tags {
			if d.tags[strings.ToLower(tag)] > o.revision {
				return true
			}
		}
	}
	return false
}

// voidsUnknown is voids for a fill whose response, and so its tags, are not
// known yet: any newer tag rule counts.
func (t *ruleTable) voidsUnknown(target Target, revision, epoch int64) bool {
	if epoch != t.epoch.Load() {
		return true
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	d := t.dists[target.DistributionID]
	return d != nil && (d.newestFor(target) > revision || d.newestTag > revision)
}

// prune forgets rules up to and including a revision.
func (t *ruleTable) prune(revision int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count = 0
	for id, d := range t.dists {
		maps.DeleteFunc(d.exact, func(_ exactPath, r int64) bool { return r <= revision })
		maps.DeleteFunc(d.tags, func(_ string, r int64) bool { return r <= revision })
		left := int64(len(d.exact)+len(d.tags)) + d.prefixes.prune(revision)
		if left == 0 {
			delete(t.dists, id)
		}
		t.count += left
	}
}

// reset forgets everything. The revision goes first: join reads the epoch
// first, so that a new epoch never comes with an old, higher revision.
func (t *ruleTable) reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dists = map[string]*distRules{}
	t.count = 0
	t.newest.Store(0)
	t.revision.Store(0)
	t.epoch.Add(1)
	t.version.Add(1)
}

// size returns how many rules are held.
func (t *ruleTable) size() int64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.count
}
