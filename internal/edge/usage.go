package edge

import (
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// usageStripes keep processors from writing to one cache line.
	usageStripes = 16
	// maxUsedKeys bounds the keys that are counted: far more than anybody has at a time.
	maxUsedKeys = 4096
)

// KeyUse is what an edge has seen of one key since it started. Links that nobody has used are
// not in it.
type KeyUse struct {
	Requests     int64
	LastSeen     time.Time // whole seconds
	LatestExpiry time.Time // of the URLs and cookies seen
}

// usage counts the admitted requests of each key. It is safe for concurrent use, and takes no
// lock once a key has been seen.
type usage struct {
	keys atomic.Pointer[map[string]*keyUse] // replaced, never changed
	mu   sync.Mutex                         // held to replace keys
}

type keyUse struct{ stripes [usageStripes]useStripe }

// useStripe has a cache line to itself.
type useStripe struct {
	requests, seen, latest atomic.Int64 // the latter two in Unix seconds
	_                      [40]byte
}

// note counts one admitted request.
func (u *usage) note(id string, stripe uint32, now, expires time.Time) {
	k := u.find(id)
	if k == nil {
		return
	}
	s := &k.stripes[stripe%usageStripes]
	s.requests.Add(1)
	raise(&s.seen, now.Unix())
	raise(&s.latest, expires.Unix())
}

// raise makes v at least to.
func raise(v *atomic.Int64, to int64) {
	for {
		old := v.Load()
		if to <= old || v.CompareAndSwap(old, to) {
			return
		}
	}
}

// find returns a key's counters, making them at first; nil when there are too many.
func (u *usage) find(id string) *keyUse {
	if known := u.keys.Load(); known != nil {
		if k := (*known)[id]; k != nil {
			return k
		}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	next := map[string]*keyUse{}
	if known := u.keys.Load(); known != nil {
		if k := (*known)[id]; k != nil || len(*known) >= maxUsedKeys {
			return k
		}
		next = maps.Clone(*known)
	}
	k := &keyUse{}
	next[strings.Clone(id)] = k
	u.keys.Store(&next)
	return k
}

// KeyUse returns what has been seen of each key, by its id.
func (e *Edge) KeyUse() map[string]KeyUse {
	out := map[string]KeyUse{}
	known := e.usage.keys.Load()
	if known == nil {
		return out
	}
	for id, k := range *known {
		var use KeyUse
		var seen, latest int64
		for i := range k.stripes {
			s := &k.stripes[i]
			use.Requests += s.requests.Load()
			seen, latest = max(seen, s.seen.Load()), max(latest, s.latest.Load())
		}
		use.LastSeen, use.LatestExpiry = time.Unix(seen, 0).UTC(), time.Unix(latest, 0).UTC()
		out[id] = use
	}
	return out
}
