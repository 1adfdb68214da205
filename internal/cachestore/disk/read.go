package disk

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"sync"
	"syscall"
	"time"
)

// opened is a file that is what the index says and not damaged.
type opened struct {
	file File
	h    header
	key  string // of the head block, when asked for
	meta []byte
	body []byte // when asked for, or the file is small
}

// verification says when all of a file is read and compared with its checksums.
type verification uint8

const (
	ifDue  verification = iota // not in this process yet, not lately, or touched since
	always                     // in any case
	never                      // only what is read anyway
)

// errBusy: too many reads are under way, or the disk does not answer in time.
var errBusy = errors.New("the disk does not answer in time")

// within runs a read with a time limit; late results are closed.
func (v *volume) within(read func() (*opened, error)) (*opened, error) {
	if !v.reads.allows() {
		return nil, errBusy
	}
	timer := time.NewTimer(v.o.ReadTimeout)
	defer timer.Stop()
	select {
	case v.reading <- struct{}{}:
	case <-timer.C:
		return nil, errBusy
	}
	type result struct {
		o   *opened
		err error
	}
	done := make(chan result, 1)
	go func() {
		o, err := read()
		<-v.reading
		done <- result{o, err}
	}()
	select {
	case r := <-done:
		v.judge(r.err)
		return r.o, r.err
	case <-timer.C:
		v.reads.failed(errBusy, false)
		go func() {
			if r := <-done; r.o != nil {
				r.o.file.Close()
			}
		}()
		return nil, errBusy
	}
}

// judge tells the breaker how a read went. A missing or damaged file is not a failing disk.
func (v *volume) judge(err error) {
	if err == nil || errors.Is(err, errBad) || errors.Is(err, fs.ErrNotExist) {
		v.reads.worked()
		return
	}
	v.reads.failed(err, false)
}

// fetch opens a file for a viewer; one that cannot be used is forgotten.
func (v *volume) fetch(f file, head bool) (*opened, error) {
	o, err := v.within(func() (*opened, error) { return v.read(f, head, ifDue) })
	if err != nil {
		v.unusable(f, err)
	}
	return o, err
}

// unusable forgets a file that is missing, damaged or cannot be read.
func (v *volume) unusable(f file, err error) {
	if errors.Is(err, errBusy) || errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	slot, ok := v.index.find(&f.hash, f.part)
	if !ok || v.index.at(slot).gen != f.gen {
		return // overtaken: removed on purpose
	}
	if errors.Is(err, errBad) {
		v.badFiles.Add(1)
		v.log.Warn("a cached file is damaged; removed", "file", v.path(f), "error", err)
	}
	v.drop(slot, false)
	v.poke()
}

// read opens a file and checks it: its header always, all of it when it has not been checked
// lately or has been touched since.
func (v *volume) read(f file, head bool, when verification) (*opened, error) {
	file, err := v.o.FS.Open(v.path(f))
	if err != nil {
		return nil, err
	}
	o := &opened{file: file}
	if err := v.check(o, f, head, when); err != nil {
		file.Close()
		return nil, err
	}
	return o, nil
}

// check fills in o from its file, which should be f.
func (v *volume) check(o *opened, f file, head bool, when verification) error {
	st, err := o.file.Stat()
	if err != nil {
		return err
	}
	all := head && st.Size() <= smallBytes // at once, and checked every time
	b := make([]byte, headerBytes)
	if all {
		b = make([]byte, st.Size())
	}
	if _, err := o.file.ReadAt(b, 0); err != nil {
		return asBad(err)
	}
	if o.h, err = parseHeader(b); err != nil {
		return err
	}
	h := &o.h
	if h.hash != f.hash || h.gen != f.gen || h.part != f.part || h.cluster != v.cluster || h.size() != st.Size() {
		return fmt.Errorf("%w: another file, or of another size", errBad)
	}
	if all {
		return o.take(b[headerBytes:])
	}
	stamp := stampOf(st)
	verify := when == always || when == ifDue && !v.verified(f, stamp)
	if head || verify {
		block := make([]byte, h.headLen)
		if _, err := o.file.ReadAt(block, headerBytes); err != nil {
			return asBad(err)
		}
		if crc32.Checksum(block, castagnoli) != h.headCRC {
			return fmt.Errorf("%w: head checksum", errBad)
		}
		if o.key, o.meta, err = parseHead(block); err != nil {
			return err
		}
	}
	if !verify {
		return nil
	}
	if err := checkBody(o); err != nil {
		return err
	}
	v.setVerified(f, stamp)
	return nil
}

// smallBytes is the size up to which a file whose head is wanted is read in one piece.
const smallBytes = 80 << 10

// take fills in head and body from what follows the header of a small file, checked.
func (o *opened) take(b []byte) (err error) {
	block, body := b[:o.h.headLen], b[o.h.headLen:]
	if crc32.Checksum(block, castagnoli) != o.h.headCRC || crc32.Checksum(body, castagnoli) != o.h.bodyCRC {
		return fmt.Errorf("%w: checksum", errBad)
	}
	o.body = body
	o.key, o.meta, err = parseHead(block)
	return err
}

// readBody fills o.body of a file that is not small.
func (o *opened) readBody() error {
	o.body = make([]byte, o.h.bodyLen)
	if n, err := o.file.ReadAt(o.body, headerBytes+int64(o.h.headLen)); n < len(o.body) {
		return asBad(err)
	}
	if crc32.Checksum(o.body, castagnoli) != o.h.bodyCRC {
		return fmt.Errorf("%w: body checksum", errBad)
	}
	return nil
}

var checkBuffers = sync.Pool{New: func() any { return new([256 << 10]byte) }}

// checkBody reads the body and compares its checksum.
func checkBody(o *opened) error {
	buf := checkBuffers.Get().(*[256 << 10]byte)
	defer checkBuffers.Put(buf)
	sum, at, end := uint32(0), headerBytes+int64(o.h.headLen), o.h.size()
	for at < end {
		n, err := o.file.ReadAt(buf[:min(int64(len(buf)), end-at)], at)
		sum = crc32.Update(sum, castagnoli, buf[:n])
		at += int64(n)
		if err != nil && at < end {
			return asBad(err)
		}
	}
	if sum != o.h.bodyCRC {
		return fmt.Errorf("%w: body checksum", errBad)
	}
	return nil
}

// asBad calls a file that ends early damaged.
func asBad(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: too short", errBad)
	}
	return err
}

// verified reports whether the file with this stamp was checked not long ago.
func (v *volume) verified(f file, stamp uint32) bool {
	now := v.clock()
	v.mu.Lock()
	defer v.mu.Unlock()
	slot, ok := v.index.find(&f.hash, f.part)
	if !ok {
		return false
	}
	e := v.index.at(slot)
	age := time.Duration(now-e.checked) * time.Second
	return e.gen == f.gen && e.checked > 0 && now >= e.checked && e.stamp == stamp && age < v.o.VerifyEvery
}

// setVerified remembers that the file with this stamp is good.
func (v *volume) setVerified(f file, stamp uint32) {
	now := v.clock()
	v.mu.Lock()
	defer v.mu.Unlock()
	if slot, ok := v.index.find(&f.hash, f.part); ok {
		if e := v.index.at(slot); e.gen == f.gen {
			e.stamp, e.checked = stamp, now
		}
	}
}

// clock is seconds since the process began, from 1 on.
func (v *volume) clock() uint32 { return uint32(max(v.o.Now().Sub(v.began)/time.Second, 0)) + 1 }
