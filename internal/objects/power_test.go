package objects

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.etcd.io/bbolt"
)

var errPower = errors.New("power is off")

// power is a disk whose power can be cut. It remembers which bytes and names
// were synced, and afterwards makes an image of the directory as a disk may be
// found: with everything synced, and any part of the rest.
type power struct {
	disk
	mu      sync.Mutex
	left    int               // operations until the cut
	off     bool              // guarded by mu, as all below
	atCut   func()            // takes the index's image
	synced  map[string]int64  // bytes synced of files created
	unnamed map[string]bool   // names created whose directory was not synced since
	removed map[string][]byte // contents of files removed likewise
}

func newPower(left int) *power {
	return &power{left: left, synced: map[string]int64{}, unnamed: map[string]bool{}, removed: map[string][]byte{}}
}

// step counts an operation; mu is held.
func (p *power) step() error {
	if p.off {
		return errPower
	}
	if p.left--; p.left == 0 {
		p.off = true
		p.atCut()
		return errPower
	}
	return nil
}

func (p *power) isOff() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.off
}

func (p *power) Create(name string) (file, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.step(); err != nil {
		return nil, err
	}
	f, err := p.disk.Create(name)
	if err != nil {
		return nil, err
	}
	p.synced[name], p.unnamed[name] = 0, true
	return &powerFile{p: p, name: name, file: f}, nil
}

func (p *power) OpenIndex(name string, flag int, perm fs.FileMode) (*os.File, error) {
	if flag&os.O_CREATE == 0 { // bbolt reading its own file, for atCut
		return p.disk.OpenIndex(name, flag, perm)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := os.Stat(name); err != nil {
		p.unnamed[name] = true
	}
	return p.disk.OpenIndex(name, flag, perm)
}

func (p *power) Mkdir(name string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := os.Stat(name); err != nil {
		p.unnamed[name] = true
	}
	return p.disk.Mkdir(name)
}

func (p *power) Remove(name string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.step(); err != nil {
		return err
	}
	content, err := os.ReadFile(name)
	if err == nil && !p.unnamed[name] {
		p.removed[name] = content
	}
	delete(p.unnamed, name)
	return p.disk.Remove(name)
}

func (p *power) SyncDir(dir string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.step(); err != nil {
		return err
	}
	for name := range p.unnamed {
		if filepath.Dir(name) == dir {
			delete(p.unnamed, name)
		}
	}
	for name := range p.removed {
		if filepath.Dir(name) == dir {
			delete(p.removed, name)
		}
	}
	return nil
}

type powerFile struct {
	p    *power
	name string
	file
	n int64
}

func (f *powerFile) Write(b []byte) (int, error) {
	f.p.mu.Lock()
	defer f.p.mu.Unlock()
	if err := f.p.step(); err != nil {
		return 0, err
	}
	n, err := f.file.Write(b)
	f.n += int64(n)
	return n, err
}

func (f *powerFile) Sync() error {
	f.p.mu.Lock()
	defer f.p.mu.Unlock()
	if err := f.p.step(); err != nil {
		return err
	}
	f.p.synced[f.name] = f.n
	return nil
}

// lost reports whether a name or a directory above it may be missing.
func (p *power) lost(name string) bool {
	for ; name != "." && name != "/"; name = filepath.Dir(name) {
		if p.unnamed[name] {
			return true
		}
	}
	return false
}

// image writes what may be left of the blobs in from to a directory.
func (p *power) image(t *testing.T, from, to string, rnd *rand.Rand) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() == indexName {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(path, from))
		if p.lost(path) && rnd.IntN(4) > 0 {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if n, ours := p.synced[path]; ours && rnd.IntN(4) > 0 {
			content = content[:n+rnd.Int64N(int64(len(content))-n+1)]
		}
		return os.WriteFile(target, content, 0o600)
	})
	for name, content := range p.removed {
		if err == nil && rnd.IntN(2) == 0 {
			err = os.WriteFile(filepath.Join(to, strings.TrimPrefix(name, from)), content, 0o600)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Power is cut at a random operation while several clients write. What was
// answered is there afterwards, what was not is there as a whole or not at all.
func TestPowerLoss(t *testing.T) {
	t.Parallel()
	for round := range soak(12) {
		seed := rand.Uint64()
		if !t.Run(fmt.Sprintf("round %d seed %d", round, seed), func(t *testing.T) { powerLoss(t, seed) }) {
			return
		}
	}
}

func powerLoss(t *testing.T, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 0))
	dir, image := t.TempDir(), t.TempDir()
	p := newPower(5 + rnd.IntN(400))
	s := openStore(t, dir, Options{CollectEvery: -1, files: p})
	p.mu.Lock()
	p.atCut = func() { // the last committed state, which bbolt has synced
		err := s.view(func(tx *bbolt.Tx) error {
			f, err := os.Create(filepath.Join(image, indexName))
			if err != nil {
				return err
			}
			defer f.Close()
			_, err = tx.WriteTo(f)
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	p.mu.Unlock()
	if s.db.NoSync || s.db.NoGrowSync {
		t.Fatal("the index does not sync")
	}
	makeBucket(t, s, "b")
	const writers = 4
	ledgers := make([]*ledger, writers)
	var wg sync.WaitGroup
	for i := range writers {
		ledgers[i] = newLedger(fmt.Sprintf("w%d", i), rand.New(rand.NewPCG(seed, uint64(i+1))))
		wg.Go(func() {
			for !p.isOff() {
				ledgers[i].step(s, p.isOff)
			}
		})
	}
	wg.Wait()
	if p.lost(filepath.Join(dir, indexName)) {
		t.Fatal("the index's name was never synced")
	}
	p.mu.Lock()
	p.image(t, dir, image, rnd)
	p.mu.Unlock()

	again := openStore(t, image, Options{CollectEvery: -1})
	for _, l := range ledgers {
		l.check(t, again)
	}
	collect(t, again)
	for _, l := range ledgers {
		l.check(t, again)
	}
	if got, want := blobFiles(t, again), referredBlobs(t, again); got != want {
		t.Errorf("%d blob files after collection, %d referred to", got, want)
	}
}

func referredBlobs(t *testing.T, s *Store) (n int) {
	t.Helper()
	if err := s.view(func(tx *bbolt.Tx) error { n = tx.Bucket(blobsBucket).Stats().KeyN; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}
