package disk

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The index on disk is a checkpoint and the journals begun since: checkpoint-N is the index at
// some moment after journal-N was begun, so that replaying all journals from N on over it gives
// the present one, whatever has been recorded twice.

func (v *volume) indexFile(kind string, seq uint64) string {
	return filepath.Join(v.dir, fmt.Sprintf("%s-%016x", kind, seq))
}

// note records a change. The writer goroutine writes it down. Caller holds mu.
func (v *volume) note(r record) {
	v.journal = r.append(v.journal)
	v.logged++
}

// begin is the first record of a file.
func (v *volume) begin(seq uint64) record {
	return record{op: opBegin, part: version, hash: v.cluster, gen: seq, rev: v.revision, aux: v.swept}
}

// load reads the index into a volume of its own, so that nobody waits for a disk with v's mutex.
// Whatever is damaged is passed over; with no checkpoint the files themselves have to be read.
func (v *volume) load() (*volume, error) {
	entries, err := v.o.FS.ReadDir(v.dir)
	if err != nil {
		return nil, err
	}
	v = &volume{dir: v.dir, o: v.o, bytes: v.bytes, limit: v.bytes, maxFiles: v.maxFiles, cluster: v.cluster, log: v.log, seq: v.seq}
	var checkpoints, journals []uint64
	for _, e := range entries {
		kind, number, ok := strings.Cut(e.Name(), "-")
		seq, err := strconv.ParseUint(number, 16, 64)
		if !ok || err != nil {
			continue
		}
		v.seq = max(v.seq, seq)
		switch kind {
		case "checkpoint":
			checkpoints = append(checkpoints, seq)
		case "journal":
			journals = append(journals, seq)
		}
	}
	slices.Sort(checkpoints)
	slices.Sort(journals)
	v.reset()
	if !v.loadFrom(checkpoints, journals) {
		v.reset()
		v.rebuild = true
		v.swept = v.o.Now().Unix() // of what is found, nothing is known to be older: see rebuildFiles
	}
	v.finish()
	return v, nil
}

// reset makes an empty index to load into. Caller holds mu.
func (v *volume) reset() {
	v.index, v.policy, v.used, v.objects = index{}, &sieve{}, 0, 0
	v.revision, v.newestGen = 0, 0
}

// loadFrom loads the newest whole checkpoint and the journals after it. It reports false when
// there is none. Caller holds mu.
func (v *volume) loadFrom(checkpoints, journals []uint64) bool {
	for _, seq := range slices.Backward(checkpoints) {
		v.reset()
		if whole := v.replay(v.indexFile("checkpoint", seq)); !whole {
			continue
		}
		for _, j := range journals {
			if j >= seq {
				v.replay(v.indexFile("journal", j))
			}
		}
		absent := v.o.Now().Sub(time.Unix(v.swept, 0))
		if absent > v.o.Retention || absent < -24*time.Hour {
			v.log.Warn("the cache has been away for longer than invalidations are remembered; emptied", "absent", absent)
			v.clear()
		}
		return true
	}
	return false
}

// replay applies the records of a file and reports whether it is whole: begins as it should, for
// our cluster, and ends with the end of a checkpoint. Damaged records are passed over. Caller
// holds mu.
func (v *volume) replay(name string) (whole bool) {
	f, err := v.o.FS.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<20)
	var b [recordBytes]byte
	good := int64(0)
	for n := 0; ; n++ {
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return whole && errors.Is(err, io.EOF)
		}
		rec, ok := parseRecord(b[:])
		switch {
		case n == 0 && (!ok || rec.op != opBegin || rec.part != version):
			return false
		case n == 0 && rec.hash != v.cluster:
			v.clear()
			return true
		case !ok:
			continue
		case rec.op == opEnd:
			whole = rec.aux == good
		}
		good++
		v.apply(&rec)
	}
}

// apply applies one record. Caller holds mu.
func (v *volume) apply(r *record) {
	switch r.op {
	case opBegin, opState:
		v.revision = max(v.revision, r.rev)
		v.swept = r.aux
	case opPut:
		v.put(r.entry(), true)
		v.revision = max(v.revision, r.rev)
	case opDrop:
		if slot, ok := v.index.find(&r.hash, r.part); ok && v.index.at(slot).gen == r.gen {
			v.drop(slot, true)
		}
	}
}

// writeJournal writes down what has been noted. On an error a new checkpoint is due, since a
// record may be torn.
func (v *volume) writeJournal() {
	v.mu.Lock()
	b := v.journal
	v.journal = nil
	v.mu.Unlock()
	if len(b) == 0 {
		return
	}
	err := errors.New("no journal")
	if v.out != nil {
		_, err = v.out.Write(b)
	}
	v.mu.Lock()
	if err != nil {
		v.rotate = true
	} else if v.journal == nil {
		v.journal = b[:0]
	}
	v.mu.Unlock()
}
