// Package disk keeps parts of cached objects in files: bounded, checksummed and found again
// after a restart, kill -9 included. It knows keys, revisions and opaque heads; what a head
// means, what is fresh and what an invalidation names is its caller's business.
//
// An object is one file when its body is at most PartBytes, else one file for its head and one
// for each part of its body. Files are written aside and renamed, in the background, never on
// behalf of a waiting viewer. They carry all that is needed to find and check them; the index
// (a checkpoint and a journal in each directory) only saves reading them all at start.
// docs/formats/cache.md describes the layout.
//
// Nothing is synced: a cache may forget. What a crash or a failing disk garbles is found out by
// its checksum before a byte of it is used, and is a miss.
package disk

import (
	"crypto/sha256"
	"encoding/binary"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// PartBytes is the size of every part but the last.
const PartBytes = 1 << 20

// Options of a Cache. Zero values but Dirs have defaults.
type Options struct {
	Dirs        []string         // one for each disk; objects are spread over them
	Bytes       int64            // bound of all files together, in whole 4 KiB blocks; default 10 GiB
	Files       int64            // bound of their number; default one for each 8 KiB of Bytes
	QueueBytes  int64            // bodies waiting to be written; more are not written; half of it is for parts of large ones; default 64 MiB
	ClusterID   string           // of the state that revisions come from; another one empties the cache
	Retention   time.Duration    // how long the state surely remembers invalidations; default 29 days
	VerifyEvery time.Duration    // a file is checked when opened and not checked for so long; default 6 h
	ReadTimeout time.Duration    // a file that takes longer to open and check is a miss; default 1 s
	Patience    time.Duration    // how long Open and Close wait for a directory that does not answer; default 30 s
	OpenFiles   int              // how many files stay open that have been read; default a quarter of what the process may have open, at most 16384
	ScrubBytes  int64            // how much of the files is checked unasked, a second; default 8 MiB
	Now         func() time.Time // default time.Now
	Log         *slog.Logger     // default slog.Default
	FS          FS               // default the operating system's
}

// withDefaults fills in zero fields.
func (o Options) withDefaults() Options {
	orInt := func(p *int64, v int64) {
		if *p <= 0 {
			*p = v
		}
	}
	orTime := func(p *time.Duration, v time.Duration) {
		if *p <= 0 {
			*p = v
		}
	}
	orInt(&o.Bytes, 10<<30)
	orInt(&o.Files, max(o.Bytes/(8<<10), 1024))
	orInt(&o.QueueBytes, 64<<20)
	orInt(&o.ScrubBytes, 8<<20)
	orTime(&o.Retention, 29*24*time.Hour)
	orTime(&o.VerifyEvery, 6*time.Hour)
	orTime(&o.ReadTimeout, time.Second)
	orTime(&o.Patience, 30*time.Second)
	if o.OpenFiles <= 0 {
		o.OpenFiles = defaultOpenFiles()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.FS == nil {
		o.FS = osFS{}
	}
	return o
}

// Hash names a key in the index: 128 bits of its SHA-256. Files carry the key itself.
type Hash [16]byte

func hashOf(s string) Hash {
	sum := sha256.Sum256([]byte(s))
	return Hash(sum[:16])
}

// Cache is the files of all directories. Its methods are safe for concurrent use.
type Cache struct {
	o       Options
	volumes []*volume
	gen     atomic.Uint64 // names the files of each new object
	active  atomic.Bool
}

// Open loads the index of each directory. One that cannot be used is reported in the log, left
// out and tried again later; one that does not answer comes when it has: a cache without disks is
// one that misses. Nothing is found or written before Activate.
func Open(o Options) *Cache {
	o = o.withDefaults()
	c := &Cache{o: o}
	n := int64(len(o.Dirs))
	for _, dir := range o.Dirs {
		c.volumes = append(c.volumes, newVolume(dir, o, o.Bytes/n, max(o.Files/n, 2)))
	}
	for _, v := range c.volumes {
		go v.opening()
	}
	patience := time.NewTimer(o.Patience)
	defer patience.Stop()
	for _, v := range c.volumes {
		select {
		case <-v.opened:
		case <-patience.C:
			patience.Reset(0) // for those after it
			v.log.Error("the cache directory does not answer; going on without it")
		}
	}
	// Later than any generation of an earlier process, even of one whose last entries are lost.
	c.gen.Store(max(uint64(o.Now().UnixNano()), uint64(time.Now().UnixNano())))
	for _, v := range c.volumes {
		v.mu.Lock()
		c.gen.Store(max(c.gen.Load(), v.newestGen+1))
		v.mu.Unlock()
	}
	return c
}

// Activate begins service under the state's present revision and starts the work behind it. A
// directory that has seen a higher revision belongs to a state that has since lost some, and is
// emptied. Only the first call counts.
func (c *Cache) Activate(revision int64) {
	if !c.active.CompareAndSwap(false, true) {
		return
	}
	for _, v := range c.volumes {
		v.start(revision, c.gen.Load())
	}
}

// Advance records that everything up to revision has been applied.
func (c *Cache) Advance(revision int64) {
	for _, v := range c.volumes {
		v.advance(revision)
	}
}

// Flush forgets everything, as well as what is on its way to be written. wait waits a moment
// until a restart would not find it any more.
func (c *Cache) Flush() (wait func()) {
	var flushed []chan struct{}
	for _, v := range c.volumes {
		flushed = append(flushed, v.flush())
	}
	return func() {
		timer := time.NewTimer(2 * time.Second)
		defer timer.Stop()
		for _, done := range flushed {
			select {
			case <-done:
			case <-timer.C:
				return
			}
		}
	}
}

// Close writes what waits to be written, for at most a few seconds, and stops. A directory that
// does not answer is left as it is.
func (c *Cache) Close() {
	var all sync.WaitGroup
	for _, v := range c.volumes {
		all.Go(v.close)
	}
	all.Wait()
}

// Writable reports whether what is under key, or is to be, can be written at present.
func (c *Cache) Writable(key string) bool {
	if len(c.volumes) == 0 || !c.active.Load() {
		return false
	}
	v := c.volumeOf(hashOf(key))
	v.mu.Lock()
	usable := v.usable
	v.mu.Unlock()
	return usable && v.writing.mayTry()
}

// Stats is a snapshot of size and work.
type Stats struct {
	Bytes     int64 // of files, in whole blocks
	Files     int64
	Objects   int64
	Evictions int64 // files removed by the bounds, since Open
	Writes    int64 // files written
	Queued    int64 // bytes of bodies waiting to be written
	Dropped   int64 // files not written: queue full, or the disk failing
	Bad       int64 // files found damaged
	Down      int64 // directories not in service
}

// Stats reports the present numbers.
func (c *Cache) Stats() Stats {
	var s Stats
	for _, v := range c.volumes {
		v.mu.Lock()
		s.Bytes += v.used
		s.Files += int64(v.index.n)
		s.Objects += v.objects
		if !v.usable {
			s.Down++
		}
		v.mu.Unlock()
		s.Evictions += v.evictions.Load()
		s.Writes += v.writes.Load()
		s.Queued += v.queued.Load()
		s.Dropped += v.dropped.Load()
		s.Bad += v.badFiles.Load()
	}
	return s
}

// volumeOf picks the directory of a hash by rendezvous, so that one more or less moves only
// what it must.
func (c *Cache) volumeOf(h Hash) *volume {
	var best *volume
	var most uint64
	for _, v := range c.volumes {
		score := mix(binary.LittleEndian.Uint64(h[8:]) ^ v.seed)
		if best == nil || score > most {
			best, most = v, score
		}
	}
	return best
}

// mix spreads the bits of x (the finaliser of MurmurHash3).
func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}
