package disk

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// settle does what has become due: emptying, checkpoint, journal, removals. Of the writer
// goroutine.
func (v *volume) settle() {
	v.mu.Lock()
	usable, empty, rotate := v.usable, v.empty, v.rotate || v.logged > max(1<<18, 2*int64(v.index.n))
	emptied := v.emptied
	v.emptied = nil
	v.mu.Unlock()
	defer func() {
		for _, done := range emptied {
			close(done)
		}
	}()
	if !usable {
		return
	}
	if (empty || rotate) && !v.writing.allows() {
		return
	}
	var err error
	if empty {
		if err = v.emptyFiles(); err == nil {
			v.mu.Lock()
			v.empty = false
			v.mu.Unlock()
		}
	}
	if rotate && err == nil {
		err = v.checkpoint()
	}
	if err != nil {
		v.writeFailed(err)
		return
	}
	v.writeJournal()
	v.removeFiles()
}

// emptyFiles moves the files away at once and then removes them.
func (v *volume) emptyFiles() error {
	v.kept.clear()
	old := filepath.Join(v.dir, fmt.Sprintf("old-%x", time.Now().UnixNano()))
	if err := v.o.FS.Rename(v.filesDir(), old); err != nil {
		return err
	}
	go v.removeAll(old) // nobody waits for it: removeOld finishes what a stop cuts short
	return v.makeDirs()
}

// removeOld removes what an earlier process had moved away.
func (v *volume) removeOld() {
	entries, err := v.o.FS.ReadDir(v.dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "old-") {
			v.removeAll(filepath.Join(v.dir, e.Name()))
		}
	}
}

// remove removes a file. What cannot be removed is in nobody's way: the next start finds it.
func (v *volume) remove(name string) { _ = v.o.FS.Remove(name) }

// removeAll is remove for a directory.
func (v *volume) removeAll(dir string) { _ = v.o.FS.RemoveAll(dir) }

// removeFiles removes files that have left the index.
func (v *volume) removeFiles() {
	v.mu.Lock()
	files := v.unlinks
	v.unlinks = nil
	v.mu.Unlock()
	for _, f := range files {
		v.kept.forget(f)
		v.remove(v.path(f))
	}
}

// maintain looks after a directory that is out of service, and after the room on its disk. Of
// the writer goroutine, every second.
func (v *volume) maintain() {
	v.mu.Lock()
	usable := v.usable
	v.mu.Unlock()
	if !usable {
		if v.o.Now().After(v.retryAt) && v.open() {
			v.admit()
		}
		return
	}
	v.fitDisk()
}

// fitDisk keeps a little of the disk free for others, and grows back when there is room again.
func (v *volume) fitDisk() {
	free, total, err := v.o.FS.Space(v.dir)
	if err != nil {
		return
	}
	reserve := min(total/20, 2<<30)
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case free < reserve && v.used > 0:
		if v.limit == v.bytes {
			v.log.Warn("the disk of the cache is almost full; keeping less", "free", free, "bytes", v.used)
		}
		v.limit = max(min(v.limit, v.used)-(reserve-free), 0)
		v.makeRoom(0)
	case v.limit < v.bytes && free > reserve+reserve/4 && v.o.Now().After(v.tight):
		v.limit = min(v.limit+max((free-reserve)/8, block), v.bytes)
		if v.limit == v.bytes {
			v.log.Info("the disk of the cache has room again")
		}
	default:
		v.makeRoom(0)
	}
}

// errStopped ends a walk when the volume closes.
var errStopped = errors.New("stopped")

// pause waits, or reports errStopped.
func (v *volume) pause(d time.Duration) error {
	if d <= 0 {
		select {
		case <-v.quit:
			return errStopped
		default:
			return nil
		}
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-v.quit:
		return errStopped
	case <-t.C:
		return nil
	}
}
