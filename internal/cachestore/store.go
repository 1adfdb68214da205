// Package cachestore keeps cached bytes and makes concurrent requests for one
// key share one fetch. What may be stored, reused or shared is httpcache's
// decision; this package obeys it, bounds memory, and guarantees that nothing
// fetched before an invalidation is used by a request that came after it.
//
// The way through it, for one request:
//
//	o := s.Lookup(key)                    // fresh and o.Has(range): serve o
//	f, leader := s.Join(key, target)      // else; or JoinRange
//	if !leader { out, err := f.Wait(ctx) }
//	b := f.Base()                         // leader: fresh after all? f.Settle(), serve b
//	                                      // else send b's validators, if any
//	o = f.Start(head) … f.Write … f.Close // or Refresh (304), Bypass, Fail, Abort
//
// Every leader must end its fill; `defer f.Abort(err)` is safe after any end.
package cachestore

import (
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/maypok86/otter/v2"

	"github.com/warmfront/warmfront/internal/cachestore/disk"
)

// ChunkBytes is the unit bodies are held, and ranges are fetched, in.
const ChunkBytes = disk.PartBytes

// Store keeps responses in memory and, if it has one, in a disk tier below it. All methods are
// safe for concurrent use.
type Store struct {
	opts  Options
	cache *otter.Cache[string, *Object]
	rules ruleTable
	disk  *disk.Cache // nil without a disk tier

	seq       atomic.Uint64 // orders fills
	evictions atomic.Int64
	filling   atomic.Int64 // bytes reserved by unfinished fills
	asked     atomic.Int64 // bytes of bodies that Place was asked about
	size      atomic.Int64 // heads and bodies kept, when Place last looked
	paged     atomic.Int64 // bytes of bodies that are held in pages too

	flushing sync.RWMutex  // Flush against what moves between the tiers
	quit     chan struct{} // closed by Close
	tended   chan struct{} // closed when tend has ended

	mu       sync.Mutex
	searches map[string]*search   // guarded by mu: look-ups on disk under way
	fills    map[string][]*Fill   // guarded by mu: those that may be joined
	active   map[*Fill]struct{}   // guarded by mu: all unfinished ones
	marks    map[string]time.Time // guarded by mu: hit-for-miss until
	sweep    *time.Timer          // guarded by mu: pending sweep
	closed   bool                 // guarded by mu
}

// New makes a store at revision 0. What its disk tier has from earlier is found once Advance has
// told the state's present revision.
func New(o Options) *Store {
	o = o.withDefaults()
	s := &Store{
		opts:   o,
		fills:  map[string][]*Fill{},
		active: map[*Fill]struct{}{},
		marks:  map[string]time.Time{},

		searches: map[string]*search{},
		quit:     make(chan struct{}),
		tended:   make(chan struct{}),
	}
	s.rules.init()
	s.cache = otter.Must(&otter.Options[string, *Object]{
		MaximumWeight: uint64(o.MaxBytes),
		Weigher:       weigh,
		OnAtomicDeletion: func(e otter.DeletionEvent[string, *Object]) {
			if e.WasEvicted() {
				s.evictions.Add(1)
			}
		},
	})
	if len(o.Disk.Dirs) > 0 {
		s.disk = disk.Open(o.Disk)
		go s.tend()
	} else {
		close(s.tended)
	}
	return s
}

// weight is an object's cost in bytes for the bound.
func weight(key string, o *Object) uint32 {
	return uint32(min(int64(len(key))+o.headBytes+o.body.weight(), 1<<32-1))
}

// weigh is weight, remembered as what the bound knows.
func weigh(key string, o *Object) uint32 {
	n := weight(key, o)
	o.weighed.Store(n)
	return n
}

// Lookup returns the object stored under key, complete, partial or still being
// filled, unless an invalidation newer than it matches. nil is a miss. Whether
// it is fresh is for httpcache to say. It does not keep key. It allocates, and
// may wait for a disk, only for what is on disk and not in memory.
func (s *Store) Lookup(key []byte) *Object {
	if len(key) == 0 {
		return nil
	}
	return s.LookupString(unsafe.String(&key[0], len(key)))
}

// LookupString is Lookup for a string.
func (s *Store) LookupString(key string) *Object {
	if o := s.lookupMemory(key); o != nil || s.disk == nil {
		return o
	}
	return s.findOnDisk(key)
}

// LookupMemory is Lookup for what is in memory, for who must not wait for a disk. What it does
// not find may still be on disk, as may the bytes of what it finds: see Object.Bytes.
func (s *Store) LookupMemory(key []byte) *Object {
	if len(key) == 0 {
		return nil
	}
	return s.lookupMemory(unsafe.String(&key[0], len(key)))
}

// lookupMemory is LookupString for the memory alone.
func (s *Store) lookupMemory(key string) *Object {
	o, ok := s.cache.GetIfPresent(key)
	if !ok {
		return nil
	}
	if o.checked.Load() != s.rules.version.Load() && !s.recheck(o) {
		return nil
	}
	return o
}

// recheck compares an object with the rules that came since it was last
// checked, and removes it when one matches.
func (s *Store) recheck(o *Object) bool {
	version := s.rules.version.Load()
	if s.rules.voids(o) {
		s.remove(o)
		return false
	}
	o.checked.Store(version)
	return true
}

// remove drops o unless something else has taken its key.
func (s *Store) remove(o *Object) {
	// The files go first: who does not find o in memory any more can rely on that.
	o.body.dropFiles()
	s.cache.Compute(o.key, func(old *Object, found bool) (*Object, otter.ComputeOp) {
		if found && old == o {
			return nil, otter.InvalidateOp
		}
		return nil, otter.CancelOp
	})
}

// removeBody drops whatever object holds o's body, and the body.
func (s *Store) removeBody(o *Object) {
	defer o.body.dropFiles()
	s.cache.Compute(o.key, func(old *Object, found bool) (*Object, otter.ComputeOp) {
		if found && old.body == o.body {
			return nil, otter.InvalidateOp
		}
		return nil, otter.CancelOp
	})
}

// publish makes o what later requests find, unless a rule voids it or a fill
// begun later has already published. It reports whether it did.
func (s *Store) publish(o *Object) bool {
	if s.rules.voids(o) {
		return false
	}
	now, _ := s.cache.Compute(o.key, func(old *Object, found bool) (*Object, otter.ComputeOp) {
		if o.epoch != s.rules.epoch.Load() || (found && old.epoch == o.epoch && old.seq > o.seq) {
			return nil, otter.CancelOp
		}
		return o, otter.WriteOp
	})
	return now == o
}

// reweigh tells the bound that o's body has grown or shrunk. Where it has not, it says nothing: to
// the eviction policy every write counts as a use.
func (s *Store) reweigh(o *Object) {
	s.cache.Compute(o.key, func(old *Object, found bool) (*Object, otter.ComputeOp) {
		if found && old.body == o.body && weight(o.key, old) != old.weighed.Load() {
			return old, otter.WriteOp
		}
		return nil, otter.CancelOp
	})
}

// Stats is a snapshot of the store's size and work.
type Stats struct {
	Bytes     int64 // heads and bodies kept
	Objects   int64 // approximate
	Evictions int64 // since New, by the size bound
	Fills     int64 // unfinished
	FillBytes int64 // reserved by unfinished fills
	Rules     int64 // invalidation rules held
	Disk      disk.Stats
}

// Stats reports the present numbers.
func (s *Store) Stats() Stats {
	s.cache.CleanUp() // applies what is still buffered
	s.mu.Lock()
	fills := len(s.active)
	s.mu.Unlock()
	var onDisk disk.Stats
	if s.disk != nil {
		onDisk = s.disk.Stats()
	}
	return Stats{
		Disk:      onDisk,
		Bytes:     int64(s.cache.WeightedSize()),
		Objects:   int64(s.cache.EstimatedSize()),
		Evictions: s.evictions.Load(),
		Fills:     int64(fills),
		FillBytes: s.filling.Load(),
		Rules:     s.rules.size(),
	}
}

// Close stops the store's timers and writes down what waits for the disk. Objects and readers in
// memory stay usable.
func (s *Store) Close() {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	if s.sweep != nil {
		s.sweep.Stop()
	}
	s.mu.Unlock()
	if first {
		close(s.quit)
		<-s.tended
		if s.disk != nil {
			s.disk.Close()
		}
		s.cache.StopAllGoroutines()
	}
}
