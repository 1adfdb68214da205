package disk

import (
	"errors"
	"path/filepath"
	"strconv"
	"strings"
)

// checkpoint begins a new journal, writes the index beside it, and removes what they replace.
func (v *volume) checkpoint() error {
	v.writeJournal()
	if v.out != nil {
		v.out.Close()
		v.out = nil
	}
	if err := v.makeDirs(); err != nil {
		return err
	}
	v.seq++
	out, err := v.o.FS.Create(v.indexFile("journal", v.seq))
	if err != nil {
		return err
	}
	v.out = out
	v.mu.Lock()
	first := v.begin(v.seq)
	v.rotate, v.logged = false, 0
	v.mu.Unlock()
	if _, err = v.out.Write(first.append(nil)); err == nil {
		err = v.writeCheckpoint(first)
	}
	if err != nil {
		v.mu.Lock()
		v.rotate = true
		v.mu.Unlock()
		return err
	}
	v.removeOlder()
	return nil
}

// writeCheckpoint writes the index aside and renames it.
func (v *volume) writeCheckpoint(first record) error {
	aside := filepath.Join(v.asideDir(), "checkpoint")
	f, err := v.o.FS.Create(aside)
	if err != nil {
		return err
	}
	b := first.append(nil)
	total := int64(1)
	slot, more := uint32(0), true
	for more && err == nil {
		v.mu.Lock()
		for n := 0; n < pageEntries; n++ {
			if slot, more = v.index.after(slot); !more {
				break
			}
			put := v.index.at(slot).record(opPut)
			b = put.append(b)
			total++
			slot++
		}
		v.mu.Unlock()
		_, err = f.Write(b)
		b = b[:0]
	}
	if err == nil {
		end := record{op: opEnd, aux: total}
		_, err = f.Write(end.append(b))
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return v.o.FS.Rename(aside, v.indexFile("checkpoint", v.seq))
}

// removeOlder removes checkpoints and journals before the present ones.
func (v *volume) removeOlder() {
	entries, err := v.o.FS.ReadDir(v.dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		kind, number, _ := strings.Cut(e.Name(), "-")
		if seq, err := strconv.ParseUint(number, 16, 64); err == nil && (kind == "checkpoint" || kind == "journal") && seq < v.seq {
			v.remove(filepath.Join(v.dir, e.Name()))
		}
	}
}
