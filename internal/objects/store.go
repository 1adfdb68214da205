package objects

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/versity/versitygw/backend"
	"go.etcd.io/bbolt"
)

// Errors of Open and of the document calls.
var (
	// ErrLocked means another store has the directory open.
	ErrLocked = errors.New("object store directory is in use")
	// ErrDamaged means the index contradicts itself or cannot be read.
	ErrDamaged = errors.New("object store index is damaged")
	// ErrFormat means the directory was written by a program of another layout version.
	ErrFormat = errors.New("object store has another format")
	// ErrNoDocument means the bucket has no document of that kind.
	ErrNoDocument = errors.New("bucket has no such document")
)

// DefaultRegion is the region of buckets created without a location constraint.
const DefaultRegion = "us-east-1"

// Options are the settings of a store; the zero value works.
type Options struct {
	// Region of buckets created without a location constraint; default DefaultRegion.
	Region string
	// Now is the clock for creation and modification times; default time.Now.
	Now func() time.Time
	// CollectEvery is the time between searches for blobs without an index
	// entry, the first being at once; default 1 hour, negative: never.
	CollectEvery time.Duration
	// Log receives what cannot be reported to a caller; default: discarded.
	Log *slog.Logger

	files files // default disk; tests replace it
}

// Store is an open directory of buckets and objects. It implements
// versitygw's backend.Backend. Its methods are safe for concurrent use.
type Store struct {
	backend.BackendUnsupported

	dir    string
	region string
	now    func() time.Time
	log    *slog.Logger
	files  files

	db      *bbolt.DB
	changes *committer

	writing blobSet // blobs whose index entry may be yet to come
	reading blobSet // blobs some reader still needs to open
	// gate is held for reading from an index look-up until its blobs are in
	// reading, and for writing to see which blobs nobody reads.
	gate sync.RWMutex

	wake    chan struct{} // there is garbage
	held    atomic.Bool   // some of it was left because it was being read
	stop    context.CancelFunc
	stopped sync.WaitGroup
	closing sync.Once
}

var _ backend.Backend = (*Store)(nil)

// Open opens the store in dir, creating it if needed, and locks it until
// Close. It fails with ErrLocked, ErrDamaged or ErrFormat, or the file
// system's error.
func Open(dir string, o Options) (*Store, error) {
	s := &Store{dir: dir, region: o.Region, now: o.Now, log: o.Log, files: o.files, wake: make(chan struct{}, 1)}
	if s.region == "" {
		s.region = DefaultRegion
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.files == nil {
		s.files = disk{}
	}
	if o.CollectEvery == 0 {
		o.CollectEvery = time.Hour
	}
	if err := makeDir(dir, s.files); err != nil {
		return nil, err
	}
	var err error
	if s.db, err = openIndex(dir, s.files); err != nil {
		return nil, err
	}
	if err := makeBlobDirs(dir, s.files); err != nil {
		s.db.Close()
		return nil, fmt.Errorf("create blob directories: %w", err)
	}
	s.changes = newCommitter(s.db)
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	s.stopped.Go(func() { s.collectLoop(ctx, o.CollectEvery) })
	return s, nil
}

// makeDir creates the store's directory and its missing parents. The last
// parent is synced, so that a new store does not vanish with a power cut.
func makeDir(dir string, fsys files) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create object store: %w", err)
	}
	if err := fsys.SyncDir(filepath.Dir(filepath.Clean(dir))); err != nil {
		return fmt.Errorf("create object store: %w", err)
	}
	return nil
}

// Close waits for writes under way, closes the index and unlocks the
// directory. Bodies already handed out stay readable only as far as their
// files are open. Calls after the first do nothing.
func (s *Store) Close() error {
	var err error
	s.closing.Do(func() {
		s.stop()
		s.stopped.Wait()
		s.changes.close()
		err = s.db.Close()
	})
	return err
}

// Shutdown is Close as versitygw's front calls it.
func (s *Store) Shutdown() {
	if err := s.Close(); err != nil {
		s.log.Error("close object store", "error", err)
	}
}

// String names the backend in the front's messages.
func (s *Store) String() string { return "warmfront objects" }

// view runs fn in a read transaction, which sees all changes answered so far.
func (s *Store) view(fn func(*bbolt.Tx) error) error { return s.db.View(fn) }

// clock is the current time as the index keeps it, in milliseconds.
func (s *Store) clock() time.Time { return s.now().UTC().Truncate(time.Millisecond) }
