package disk

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// volume is one directory: its files, index, journal and the goroutines that keep them.
type volume struct {
	dir      string
	o        Options
	bytes    int64 // configured bounds
	maxFiles int64
	seed     uint64
	cluster  Hash
	log      *slog.Logger
	began    time.Time

	mu       sync.Mutex
	index    index     // guarded by mu
	policy   policy    // guarded by mu
	used     int64     // guarded by mu; bytes in whole blocks
	objects  int64     // guarded by mu
	limit    int64     // guarded by mu; bytes, while the disk is fuller than configured
	tight    time.Time // guarded by mu; the disk was full not long before then
	usable   bool      // guarded by mu; loaded, and serving
	era      uint64    // guarded by mu; changes with flush
	revision int64     // guarded by mu; newest applied, or seen in files
	swept    int64     // guarded by mu; unix time before which everything void is gone
	journal  []byte    // guarded by mu; records not written yet
	unlinks  []file    // guarded by mu; files to be removed
	empty    bool      // guarded by mu; the files directory is to be emptied
	rotate   bool      // guarded by mu; a new checkpoint is due
	logged   int64     // guarded by mu; records since the checkpoint
	emptied  []chan struct{}

	newestGen uint64 // guarded by mu
	seen      int64  // guarded by mu; newest revision that files tell of
	firstGen  uint64 // of this process; set by start
	rebuild   bool   // the index was lost; set by open, before the volume serves

	opened  chan struct{} // closed when the first attempt to open has ended
	stopped chan struct{} // closed when nothing is under way any more

	// Of the writer goroutine alone, once opened.
	lock    io.Closer
	seq     uint64
	out     File // journal under way
	retryAt time.Time

	kept      kept
	reading   chan struct{} // one token for each read under way
	queue     chan job
	queued    atomic.Int64 // bytes
	wake      chan struct{}
	quit      chan struct{}
	work      sync.WaitGroup
	once      sync.Once
	reads     breaker
	writing   breaker
	evictions atomic.Int64
	writes    atomic.Int64
	dropped   atomic.Int64
	badFiles  atomic.Int64
}

const (
	maxReads  = 128   // under way at once in one directory
	maxQueued = 65536 // files waiting to be written
	block     = 4096
)

func newVolume(dir string, o Options, bytes, files int64) *volume {
	h := hashOf(dir)
	v := &volume{
		dir: dir, o: o, bytes: bytes, limit: bytes, maxFiles: files, cluster: hashOf(o.ClusterID),
		log: o.Log.With("cache", dir), began: o.Now(), policy: &sieve{},
		reading: make(chan struct{}, maxReads), queue: make(chan job, maxQueued), wake: make(chan struct{}, 1), quit: make(chan struct{}),
		opened: make(chan struct{}), stopped: make(chan struct{}), kept: kept{max: o.OpenFiles / max(len(o.Dirs), 1)},
	}
	for i, b := range h[:8] {
		v.seed |= uint64(b) << (8 * i)
	}
	v.reads = breaker{name: "reading", now: o.Now, log: v.log}
	v.writing = breaker{name: "writing", now: o.Now, log: v.log}
	return v
}

// file names one file of an object.
type file struct {
	hash Hash
	gen  uint64
	part uint32
}

// path is where a file is: 256 directories, and a name that says what the index knows.
func (v *volume) path(f file) string {
	b := make([]byte, 0, 160)
	b = append(append(b, v.dir...), "/files/"...)
	b = append(hex.AppendEncode(b, f.hash[:1]), '/')
	b = append(hex.AppendEncode(b, f.hash[:]), '-')
	b = append(hex.AppendEncode(b, binary.BigEndian.AppendUint64(nil, f.gen)), '-')
	return string(strconv.AppendUint(b, uint64(f.part), 16))
}

func (v *volume) filesDir() string { return filepath.Join(v.dir, "files") }
func (v *volume) asideDir() string { return filepath.Join(v.dir, "aside") }

// opening is the first attempt to open.
func (v *volume) opening() {
	defer close(v.opened)
	v.open()
}

// open locks and loads the directory.
func (v *volume) open() bool {
	err := v.prepare()
	var found *volume
	if err == nil {
		found, err = v.load()
	}
	if err != nil {
		if v.retryAt.IsZero() {
			v.log.Error("the cache directory cannot be used; trying again", "error", err)
		}
		v.retryAt = v.o.Now().Add(30 * time.Second)
		return false
	}
	if !v.retryAt.IsZero() {
		v.log.Info("the cache directory is in use again")
	}
	v.retryAt = time.Time{}
	v.take(found)
	return true
}

// take has the index of a volume that was loaded beside it.
func (v *volume) take(found *volume) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.index, v.policy, v.used, v.objects = found.index, found.policy, found.used, found.objects
	v.newestGen, v.seen, v.swept, v.rebuild = found.newestGen, found.revision, found.swept, found.rebuild
	v.seq, v.empty = found.seq, v.empty || found.empty
}

// prepare makes the directories and takes the lock.
func (v *volume) prepare() error {
	fs := v.o.FS
	if err := fs.MkdirAll(v.dir); err != nil {
		return err
	}
	if v.lock == nil {
		lock, err := fs.Lock(filepath.Join(v.dir, "lock"))
		if err != nil {
			return fmt.Errorf("lock: %w", err)
		}
		v.lock = lock
	}
	return v.makeDirs()
}

// makeDirs makes what is there from the beginning. The 256 directories below files come with
// their first file.
func (v *volume) makeDirs() error {
	if err := v.o.FS.MkdirAll(v.asideDir()); err != nil {
		return err
	}
	return v.o.FS.MkdirAll(v.filesDir())
}

// start begins service; see Cache.Activate.
func (v *volume) start(revision int64, firstGen uint64) {
	v.mu.Lock()
	v.firstGen, v.revision = firstGen, revision
	v.mu.Unlock()
	select {
	case <-v.opened:
		v.admit()
	default: // write does it
	}
	v.work.Go(v.write)
	v.work.Go(v.tend)
	v.poke()
}

// admitted waits for a directory that has not answered yet, and admits it. It reports false when
// the volume closes first.
func (v *volume) admitted() bool {
	select {
	case <-v.opened:
		v.admit()
		return true
	default:
	}
	select {
	case <-v.opened:
		v.admit()
		return true
	case <-v.quit:
		return false
	}
}

// admit lets a directory that has been loaded serve, emptied when it has seen a higher revision
// than there is.
func (v *volume) admit() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.retryAt.IsZero() || v.usable {
		return
	}
	if v.revision < v.seen {
		v.log.Warn("the cache is of a state that has lost revisions since; emptied", "revision", v.revision, "seen", v.seen)
		v.clear()
	}
	v.usable = true
	v.rotate = true // the journals of earlier processes are folded into a new checkpoint
}

// advance records a revision.
func (v *volume) advance(revision int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if revision > v.revision {
		v.revision = revision
		v.logState()
		v.poke()
	}
}

// setSwept records that everything void at that time is gone.
func (v *volume) setSwept(at time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.swept = at.Unix()
	v.logState()
	v.poke()
}

// logState writes revision and sweep time down. Caller holds mu.
func (v *volume) logState() {
	v.note(record{op: opState, rev: v.revision, aux: v.swept})
}

// flush forgets everything. The channel is closed when that is on disk too.
func (v *volume) flush() (done chan struct{}) {
	done = make(chan struct{})
	v.mu.Lock()
	defer v.mu.Unlock()
	v.clear()
	v.revision = 0
	if v.usable {
		v.emptied = append(v.emptied, done)
		v.poke()
	} else {
		close(done)
	}
	return done
}

// clear empties the index and has the files removed. Caller holds mu.
func (v *volume) clear() {
	v.index, v.policy = index{}, &sieve{}
	v.used, v.objects = 0, 0
	v.era++
	v.journal, v.unlinks = nil, nil
	v.empty, v.rotate = true, true
	v.swept = v.o.Now().Unix()
}

// poke wakes the writer goroutine.
func (v *volume) poke() {
	select {
	case v.wake <- struct{}{}:
	default:
	}
}

// close stops the goroutines.
func (v *volume) close() {
	v.once.Do(func() {
		close(v.quit)
		go v.stop()
	})
	patience := time.NewTimer(v.o.Patience)
	defer patience.Stop()
	select {
	case <-v.stopped:
	case <-patience.C:
		v.log.Error("the cache directory does not answer; left as it is")
	}
	v.mu.Lock()
	v.usable = false
	v.mu.Unlock()
}

// stop closes what the volume holds open, once everything else has stopped.
func (v *volume) stop() {
	defer close(v.stopped)
	<-v.opened
	v.work.Wait()
	v.kept.end()
	if v.out != nil {
		v.out.Close()
		v.out = nil
	}
	if v.lock != nil {
		v.lock.Close()
		v.lock = nil
	}
}
