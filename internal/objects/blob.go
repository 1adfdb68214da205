package objects

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"sync"
)

const blobsDir = "blobs"

// blobID names a blob file. The zero id means no blob: an empty object or
// part has none.
type blobID [16]byte

func (id blobID) zero() bool     { return id == blobID{} }
func (id blobID) String() string { return hex.EncodeToString(id[:]) }

// parseBlobName is the inverse of the file name of a blob in a directory.
func parseBlobName(dir, name string) (id blobID, ok bool) {
	if len(dir) != 2 || len(name) != 30 {
		return id, false
	}
	b, err := hex.DecodeString(dir + name)
	if err != nil || hex.EncodeToString(b) != dir+name {
		return id, false
	}
	return blobID(b), true
}

// blobDir is the directory of a blob, one of 256 made when the store opens.
func (s *Store) blobDir(id blobID) string {
	return filepath.Join(s.dir, blobsDir, hex.EncodeToString(id[:1]))
}

func (s *Store) blobPath(id blobID) string {
	return filepath.Join(s.blobDir(id), hex.EncodeToString(id[1:]))
}

// makeBlobDirs creates the fan-out directories, durably.
func makeBlobDirs(dir string, fsys files) error {
	root := filepath.Join(dir, blobsDir)
	if err := fsys.Mkdir(root); err != nil {
		return err
	}
	for i := range 256 {
		if err := fsys.Mkdir(filepath.Join(root, hex.EncodeToString([]byte{byte(i)}))); err != nil {
			return err
		}
	}
	if err := fsys.SyncDir(root); err != nil {
		return err
	}
	return fsys.SyncDir(dir)
}

// blobWriter writes one new blob. Until release, collection leaves it alone.
type blobWriter struct {
	s  *Store
	id blobID
	f  file
	n  int64
}

// newBlob starts a blob under a random name. The caller must call release
// when the index refers to the blob or never will.
func (s *Store) newBlob() (*blobWriter, error) {
	w := &blobWriter{s: s}
	_, _ = rand.Read(w.id[:]) // never fails (crypto/rand)
	s.writing.add(w.id)
	f, err := s.files.Create(s.blobPath(w.id))
	if err != nil {
		s.writing.drop(w.id)
		return nil, fmt.Errorf("create blob: %w", err)
	}
	w.f = f
	return w, nil
}

func (w *blobWriter) Write(p []byte) (int, error) {
	n, err := w.f.Write(p)
	w.n += int64(n)
	return n, err
}

// finish makes the blob's bytes and name durable. The index may refer to it
// only afterwards.
func (w *blobWriter) finish() error {
	err := w.f.Sync()
	if cerr := w.f.Close(); err == nil {
		err = cerr
	}
	w.f = nil
	if err != nil {
		return fmt.Errorf("sync blob: %w", err)
	}
	if err := w.s.files.SyncDir(w.s.blobDir(w.id)); err != nil {
		return fmt.Errorf("sync blob directory: %w", err)
	}
	return nil
}

// release ends the writer's claim on the blob. If the index does not refer to
// it (keep is false) the file is removed; a failure to do so is left to
// collection.
func (w *blobWriter) release(keep bool) {
	if w.f != nil {
		_ = w.f.Close() // the blob is being given up; nothing to report
		w.f = nil
	}
	if !keep {
		_ = w.s.files.Remove(w.s.blobPath(w.id))
	}
	w.s.writing.drop(w.id)
}

// blobSet counts the users of blobs. It is safe for concurrent use.
type blobSet struct {
	mu    sync.Mutex
	count map[blobID]int // guarded by mu
}

func (b *blobSet) add(ids ...blobID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.count == nil {
		b.count = make(map[blobID]int)
	}
	for _, id := range ids {
		b.count[id]++
	}
}

func (b *blobSet) drop(ids ...blobID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range ids {
		if b.count[id]--; b.count[id] <= 0 {
			delete(b.count, id)
		}
	}
}

func (b *blobSet) has(id blobID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.count[id] > 0
}
