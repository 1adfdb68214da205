package disk

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tend is the background work on files at rest: what the index does not know is taken in when
// the index was lost, else removed; then everything is checked again and again, slowly.
func (v *volume) tend() {
	for !v.ready() {
		if v.pause(time.Second) != nil {
			return
		}
	}
	v.removeOld()
	if v.walkFiles() != nil {
		return
	}
	for wait := time.Minute; v.pause(wait) == nil && v.scrub() == nil; wait = v.o.VerifyEvery {
	}
}

// ready reports whether the directory is in service and nothing is being removed wholesale.
func (v *volume) ready() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.usable && !v.empty
}

// walkFiles compares the files with the index. Objects come before parts, which need them.
func (v *volume) walkFiles() error {
	var parts []file
	for i := range 256 {
		entries, err := v.o.FS.ReadDir(filepath.Join(v.filesDir(), fmt.Sprintf("%02x", i)))
		if err != nil {
			continue
		}
		for _, e := range entries {
			f, ok := parseName(e.Name())
			if !ok {
				v.o.FS.Remove(filepath.Join(v.filesDir(), fmt.Sprintf("%02x", i), e.Name()))
				continue
			}
			if f.gen >= v.firstGen || v.knows(f) {
				continue // of this process, or as it should be
			}
			if v.rebuild && f.part > 0 {
				parts = append(parts, f)
				continue
			}
			v.settleFile(f)
		}
		if err := v.pause(0); err != nil {
			return err
		}
	}
	for _, f := range parts {
		v.settleFile(f)
		if err := v.pause(0); err != nil {
			return err
		}
	}
	return nil
}

// parseName is the inverse of volume.path.
func parseName(name string) (f file, ok bool) {
	words := strings.Split(name, "-")
	if len(words) != 3 || len(words[0]) != 2*len(f.hash) {
		return f, false
	}
	for i := range f.hash {
		b, err := strconv.ParseUint(words[0][2*i:2*i+2], 16, 8)
		if err != nil {
			return f, false
		}
		f.hash[i] = byte(b)
	}
	gen, err1 := strconv.ParseUint(words[1], 16, 64)
	part, err2 := strconv.ParseUint(words[2], 16, 32)
	f.gen, f.part = gen, uint32(part)
	return f, err1 == nil && err2 == nil
}

// knows reports whether the index has a file.
func (v *volume) knows(f file) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	slot, ok := v.index.find(&f.hash, f.part)
	return ok && v.index.at(slot).gen == f.gen
}

// settleFile takes a file of an earlier process into a lost index, or removes it: a file that a
// whole index does not name was dropped, or superseded.
func (v *volume) settleFile(f file) {
	if v.rebuild && v.adopt(f) == nil {
		return
	}
	v.mu.Lock()
	v.unlinks = append(v.unlinks, f)
	v.mu.Unlock()
	v.poke()
}

// adopt enters a file into the index by what its header says. A file older than invalidations
// are remembered cannot be used any more.
func (v *volume) adopt(f file) error {
	o, err := v.read(f, true, never)
	if err != nil {
		return err
	}
	defer o.file.Close()
	st, err := o.file.Stat()
	if err != nil {
		return err
	}
	if v.o.Now().Sub(st.ModTime()) > v.o.Retention {
		return errRefused
	}
	e := entry{hash: f.hash, gen: f.gen, rev: o.h.revision, part: f.part, size: uint32(o.h.size()), parts: o.h.parts}
	v.mu.Lock()
	defer v.mu.Unlock()
	if e.rev > v.revision {
		v.log.Warn("the cache is of a state that has lost revisions since; emptied", "revision", v.revision, "seen", e.rev)
		v.clear()
		return errRefused
	}
	if slot, ok := v.index.find(&f.hash, 0); ok && f.part > 0 && v.index.at(slot).gen == f.gen {
		// Which came first, a renewal of the head or this part, is not known any more.
		o := v.index.at(slot)
		o.rev = min(o.rev, e.rev)
	}
	if !v.put(e, false) {
		return errRefused
	}
	v.note(e.record(opPut))
	v.swept = min(v.swept, st.ModTime().Unix())
	v.makeRoom(0)
	return nil
}

// walk calls visit for a copy of each entry, without the lock.
func (v *volume) walk(visit func(e entry) error) error {
	for slot := uint32(0); ; slot++ {
		v.mu.Lock()
		next, ok := v.index.after(slot)
		var e entry
		if ok {
			e = *v.index.at(next)
		}
		v.mu.Unlock()
		if !ok {
			return nil
		}
		slot = next
		if err := visit(e); err != nil {
			return err
		}
	}
}

// scrub reads and checks every file once, at its pace.
func (v *volume) scrub() error {
	debt := time.Duration(0)
	return v.walk(func(e entry) error {
		debt += time.Duration(float64(cost(e.size)) / float64(v.o.ScrubBytes) * float64(time.Second))
		if debt > 100*time.Millisecond {
			if err := v.pause(debt); err != nil {
				return err
			}
			debt = 0
		}
		return v.scrubOne(file{e.hash, e.gen, e.part})
	})
}

// scrubOne checks one file.
func (v *volume) scrubOne(f file) error {
	o, err := v.within(func() (*opened, error) { return v.read(f, false, always) })
	if err != nil {
		v.unusable(f, err)
		return v.pause(0)
	}
	return o.file.Close()
}

// Sweep calls void with the head of each object stored under a revision below the given one,
// and drops those it says are void. Once it has come through, everything void is gone that was
// void when it began, and a later start knows that. It stops early when the cache closes. Runs
// at a modest pace; one at a time.
func (c *Cache) Sweep(revision int64, void func(h *Head) bool) error {
	var errs []error
	for _, v := range c.volumes {
		errs = append(errs, v.sweep(revision, void))
	}
	return errors.Join(errs...)
}

// sweepPause spreads a sweep: so long after so many heads.
const (
	sweepPause = 20 * time.Millisecond
	sweepBatch = 64
)

func (v *volume) sweep(revision int64, void func(h *Head) bool) error {
	if !v.ready() {
		return errBusy
	}
	began, n, unsure := v.o.Now(), 0, false
	err := v.walk(func(e entry) error {
		if e.part != 0 || e.rev >= revision {
			return nil
		}
		if n++; n%sweepBatch == 0 {
			if err := v.pause(sweepPause); err != nil {
				return err
			}
		}
		ok := v.sweepOne(file{e.hash, e.gen, 0}, void)
		unsure = unsure || !ok
		return nil
	})
	if err == nil && !unsure {
		v.setSwept(began)
	}
	return err
}

// sweepOne drops one object if it is void, and reports false when it could not be told.
func (v *volume) sweepOne(f file, void func(h *Head) bool) bool {
	o, err := v.within(func() (*opened, error) { return v.read(f, true, never) })
	if err != nil {
		v.unusable(f, err)
		return !errors.Is(err, errBusy)
	}
	o.file.Close()
	if void(&Head{Key: o.key, Meta: o.meta, Revision: o.h.revision, Length: o.h.length}) {
		r := Ref{v: v, hash: f.hash, gen: f.gen}
		r.Drop()
	}
	return true
}
