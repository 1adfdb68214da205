package disk

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

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
				v.remove(filepath.Join(v.filesDir(), fmt.Sprintf("%02x", i), e.Name()))
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
	o, err := v.read(f, want{head: true, when: never})
	if err != nil {
		return err
	}
	defer o.file.Close()
	st, err := o.file.stat()
	if err != nil {
		return err
	}
	if v.o.Now().Sub(st.modified) > v.o.Retention {
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
		v.note(o.record(opPut))
	}
	if !v.put(e, false) {
		return errRefused
	}
	v.note(e.record(opPut))
	v.swept = min(v.swept, st.modified.Unix())
	v.makeRoom(0)
	return nil
}
