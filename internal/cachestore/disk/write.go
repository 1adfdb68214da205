package disk

import (
	"errors"
	"hash/crc32"
	"io/fs"
	"path/filepath"
	"syscall"
	"time"
)

// job is one file to be written; without a ref, none: it only tells that its turn has come.
type job struct {
	ref     *Ref
	head    *Head
	part    uint32
	body    []byte
	rewrite bool // a new head for files that are there; the body is kept
	done    func(saved bool)
}

// errRefused: something newer has come, or the object is gone. Not the disk's fault.
var errRefused = errors.New("overtaken")

// write is the writer goroutine: it alone changes files.
func (v *volume) write() {
	if !v.admitted() {
		return
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case j := <-v.queue:
			v.do(j)
		case <-v.wake:
		case <-tick.C:
			v.maintain()
		case <-v.quit:
			v.drain()
			return
		}
		v.settle()
	}
}

// do writes the file of a job, if the disk is to be tried.
func (v *volume) do(j job) {
	if j.ref == nil {
		j.done(true)
		return
	}
	err := errRefused
	if v.writing.allows() {
		err = v.save(j)
	}
	v.account(&j, -1)
	switch {
	case err == nil:
		v.writing.worked()
		v.writeJournal() // before anybody hears of it
		v.writes.Add(1)
	case !errors.Is(err, errRefused):
		v.writeFailed(err)
	}
	if err != nil {
		v.dropped.Add(1)
		v.abandon(&j)
	}
	if j.done != nil {
		j.done(err == nil)
	}
}

// abandon removes what a write that failed was to replace: the caller has something newer,
// which must not be forgotten before the older. Parts leave a gap.
func (v *volume) abandon(j *job) {
	if j.part != 0 || j.rewrite {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if slot, ok := v.index.find(&j.ref.hash, 0); ok && v.index.at(slot).gen < j.ref.gen {
		v.dropObject(slot, false)
	}
}

// save writes a file aside, renames it and enters it in the index.
func (v *volume) save(j job) error {
	if j.rewrite {
		if err := v.completeRewrite(&j); err != nil {
			return err
		}
	}
	if !v.wanted(&j) {
		return errRefused
	}
	h := header{
		part: j.part, hash: j.ref.hash, gen: j.ref.gen, revision: j.head.Revision, length: j.head.fileLength(),
		parts: j.head.parts(), bodyLen: uint32(len(j.body)), bodyCRC: crc32.Checksum(j.body, castagnoli), cluster: v.cluster,
	}
	block := appendHead(make([]byte, headerBytes, headerBytes+len(j.head.Key)+len(j.head.Meta)+16), j.head)
	h.headLen = uint32(len(block) - headerBytes)
	h.headCRC = crc32.Checksum(block[headerBytes:], castagnoli)
	h.append(block[:0])
	v.mu.Lock()
	fits := cost(uint32(h.size())) <= min(v.limit, v.bytes)
	if fits {
		v.makeRoom(cost(uint32(h.size())))
	}
	v.mu.Unlock()
	if !fits {
		return errRefused
	}
	name := file{h.hash, h.gen, h.part}
	if err := v.create(v.path(name), block, j.body); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	e := entry{hash: h.hash, gen: h.gen, rev: h.revision, part: h.part, size: uint32(h.size()), parts: h.parts}
	if j.ref.era != v.era || !v.allowed(&j) || !v.put(e, false) {
		v.unlinks = append(v.unlinks, name)
		return errRefused
	}
	v.note(e.record(opPut))
	v.kept.forget(name) // what was there before, if anything
	return nil
}

// wanted is allowed with the lock taken.
func (v *volume) wanted(j *job) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return j.ref.era == v.era && v.allowed(j)
}

// allowed reports whether a job's file still belongs to what the index has: nothing newer under
// its key, and for parts and rewritten heads the same object. Caller holds mu.
func (v *volume) allowed(j *job) bool {
	if j.ref.dropped.Load() {
		return false
	}
	slot, found := v.index.find(&j.ref.hash, 0)
	if j.part == 0 && !j.rewrite {
		return !found || v.index.at(slot).gen < j.ref.gen
	}
	o := v.object(slot, found, j.ref.gen)
	return o != nil && o.rev <= j.head.Revision
}

// completeRewrite reads the body that a rewritten head goes with, where it is in the same file.
func (v *volume) completeRewrite(j *job) error {
	if j.head.parts() > 0 || j.head.Length == 0 || len(j.body) > 0 {
		return nil
	}
	o, err := v.read(file{j.ref.hash, j.ref.gen, 0}, want{head: true, inline: PartBytes})
	if err != nil {
		return errRefused
	}
	defer o.file.Close()
	if int64(len(o.body)) != j.head.Length {
		return errRefused
	}
	j.body = o.body
	return nil
}

// create writes a file aside and renames it into place.
func (v *volume) create(name string, pieces ...[]byte) error {
	aside := filepath.Join(v.asideDir(), "file")
	f, err := v.o.FS.Create(aside)
	if errors.Is(err, fs.ErrNotExist) { // somebody has emptied the directory
		v.mu.Lock()
		v.rotate = true
		v.mu.Unlock()
		if err = v.makeDirs(); err == nil {
			f, err = v.o.FS.Create(aside)
		}
	}
	if err != nil {
		return err
	}
	for _, p := range pieces {
		if len(p) > 0 && err == nil {
			_, err = f.Write(p)
		}
	}
	if err = errors.Join(err, f.Close()); err != nil {
		v.remove(aside)
		return err
	}
	if err = v.o.FS.Rename(aside, name); errors.Is(err, fs.ErrNotExist) {
		if err = v.o.FS.MkdirAll(filepath.Dir(name)); err == nil {
			err = v.o.FS.Rename(aside, name)
		}
	}
	return err
}

// writeFailed tells a full disk from a failing one.
func (v *volume) writeFailed(err error) {
	if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) {
		v.writing.failed(err, errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.EACCES))
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.limit == v.bytes {
		v.log.Warn("the disk of the cache is full; keeping less", "bytes", v.used)
	}
	v.limit = min(v.limit, v.used) - min(v.used/16, 64<<20)
	v.tight = v.o.Now().Add(time.Minute)
	v.makeRoom(0)
}

// drain writes what is queued, for at most a few seconds, and a checkpoint.
func (v *volume) drain() {
	v.settle()
	deadline := time.After(3 * time.Second)
	for {
		select {
		case j := <-v.queue:
			v.do(j)
			v.settle()
			continue
		case <-deadline:
		default:
		}
		break
	}
	v.mu.Lock()
	v.rotate = v.rotate || v.logged > 0
	v.mu.Unlock()
	v.settle()
}
