package snapshot

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/warmfront/warmfront/internal/state"
)

// rules are the revocations of one policy, key or path. They are immutable; nil is none.
type rules struct {
	all  []*state.Revocation
	live []rule // what find asks
	cut  []rule // likewise, of those that cut downloads off
}

// rule is a revocation of what expires by a time, in force until another.
type rule struct {
	by    int64 // Unix time
	until time.Time
	from  *state.Revocation
}

// find returns a revocation in force at now of what expires at a Unix time.
func (s *rules) find(expires int64, now time.Time, cut bool) *state.Revocation {
	if s == nil {
		return nil
	}
	list := s.live
	if cut {
		list = s.cut
	}
	// Sorted by falling by and rising until: the last that covers the expiry lasts longest.
	i, _ := slices.BinarySearchFunc(list, expires, func(r rule, expires int64) int {
		if r.by >= expires {
			return -1
		}
		return 1
	})
	if i == 0 || !now.Before(list[i-1].until) {
		return nil
	}
	return list[i-1].from
}

// with returns the rules after changes; nil when none is left.
func (s *rules) with(changes []ruleChange) *rules {
	out := &rules{}
	last := make(map[string]*state.Revocation, len(changes)) // what becomes of each
	for _, ch := range changes {
		last[ch.r.ID] = nil
		if ch.in {
			last[ch.r.ID] = ch.r
		}
	}
	if s != nil {
		out.all = slices.DeleteFunc(slices.Clone(s.all), func(o *state.Revocation) bool { _, changed := last[o.ID]; return changed })
	}
	for _, r := range last {
		if r != nil {
			out.all = append(out.all, r)
		}
	}
	if len(out.all) == 0 {
		return nil
	}
	out.live = frontier(out.all, false)
	out.cut = frontier(out.all, true)
	return out
}

// frontier leaves out what another revocation of the list covers.
func frontier(all []*state.Revocation, cut bool) []rule {
	list := make([]rule, 0, len(all))
	for _, r := range all {
		by := int64(math.MaxInt64)
		if r.OfKey != nil && r.OfKey.ExpiringBy != nil {
			by = r.OfKey.ExpiringBy.Unix()
		}
		if r.Cut || !cut {
			list = append(list, rule{by, r.Until, r})
		}
	}
	slices.SortFunc(list, func(a, b rule) int {
		switch {
		case a.by > b.by || a.by == b.by && a.until.After(b.until):
			return -1
		case a.by < b.by || a.until.Before(b.until):
			return 1
		}
		return strings.Compare(a.from.ID, b.from.ID)
	})
	kept := list[:0]
	for _, r := range list {
		if len(kept) == 0 || r.until.After(kept[len(kept)-1].until) {
			kept = append(kept, r)
		}
	}
	return kept
}
