package disk

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"
	"time"
)

// want is what is asked of a file beside its header.
type want struct {
	head   bool  // key and meta
	inline int64 // > 0: the body too, if it has at most so many bytes
	large  bool  // promptly, also what is not small is checked: nobody else waits for the caller
	when   verification
}

const (
	// headGuess is what is read first of a file whose head is wanted: nearly all heads are shorter.
	headGuess = 4 << 10
	// smallBytes is the size up to which a file is checked even where waiting is not.
	smallBytes = 80 << 10
)

var checkBuffers = sync.Pool{New: func() any { return new([256 << 10]byte) }}

// check fills in o from its file, which should be f.
func (v *volume) check(o *opened, f file, w want) error {
	st, err := o.file.stat()
	if err != nil {
		return err
	}
	due := w.when == always || w.when != never && !v.verified(f, st.stamp)
	if due && w.when == promptly && (st.size > smallBytes && !w.large || o.part != nil) { // which may have been replaced
		return errWaits
	}
	buf := checkBuffers.Get().(*[256 << 10]byte)
	defer checkBuffers.Put(buf)
	begin := int64(headerBytes)
	switch {
	case o.part != nil:
		begin = o.part.at
	case w.head || due:
		begin = max(min(headGuess, st.size), headerBytes)
	}
	if begin > int64(len(buf)) {
		begin = headerBytes
	}
	if _, err := o.file.ReadAt(buf[:begin], 0); err != nil {
		return asBad(err)
	}
	if o.h, err = parseHeader(buf[:begin]); err != nil {
		return err
	}
	h := &o.h
	if h.hash != f.hash || h.gen != f.gen || h.part != f.part || h.cluster != v.cluster || h.size() != st.size {
		return fmt.Errorf("%w: another file, or of another size", errBad)
	}
	if w.head || due {
		if err := o.readHead(buf[:begin]); err != nil {
			return err
		}
	}
	switch {
	case h.bodyLen > 0 && int64(h.bodyLen) <= w.inline:
		err = o.readBody()
	case due:
		err = o.checkBody(buf[:])
	default:
		return nil
	}
	if err == nil {
		v.setVerified(f, &st)
	}
	return err
}

// readHead fills in key and meta; begin is what has been read of the file.
func (o *opened) readHead(begin []byte) (err error) {
	end := headerBytes + int(o.h.headLen)
	if end > len(begin) {
		begin = make([]byte, end)
		if _, err := o.file.ReadAt(begin, 0); err != nil {
			return asBad(err)
		}
	}
	block := begin[headerBytes:end]
	if crc32.Checksum(block, castagnoli) != o.h.headCRC {
		return fmt.Errorf("%w: head checksum", errBad)
	}
	o.key, o.meta, err = parseHead(block)
	return err
}

// readBody fills in the body.
func (o *opened) readBody() error {
	o.body = make([]byte, o.h.bodyLen)
	if n, err := o.file.ReadAt(o.body, o.bodyAt()); n < len(o.body) {
		return asBad(err)
	}
	if crc32.Checksum(o.body, castagnoli) != o.h.bodyCRC {
		return fmt.Errorf("%w: body checksum", errBad)
	}
	return nil
}

// checkBody reads the body by way of buf and compares its checksum.
func (o *opened) checkBody(buf []byte) error {
	sum, at, end := uint32(0), o.bodyAt(), o.h.size()
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

// bodyAt is where in the file the body begins.
func (o *opened) bodyAt() int64 { return headerBytes + int64(o.h.headLen) }

// errShort: the file ends before what is to be read of it.
var errShort = fmt.Errorf("%w: too short", errBad)

// asBad calls a file that ends early damaged.
func asBad(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errShort
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
	return e.gen == f.gen && e.stamp == stamp && v.lately(e, now)
}

// lately reports whether a file was checked not long before now, a reading of clock. Caller holds mu.
func (v *volume) lately(e *entry, now uint32) bool {
	return e.checked > 0 && now >= e.checked && time.Duration(now-e.checked)*time.Second < v.o.VerifyEvery
}

// grain is how coarse kernels' file times may be: two changes within it can look like one.
const grain = 25 * time.Millisecond

// setVerified remembers that the file with this status is good. Of one that has changed a moment
// ago it could not be told whether it changes again.
func (v *volume) setVerified(f file, st *status) {
	if time.Since(st.changed) < grain {
		return
	}
	now := v.clock()
	v.mu.Lock()
	defer v.mu.Unlock()
	if slot, ok := v.index.find(&f.hash, f.part); ok {
		if e := v.index.at(slot); e.gen == f.gen {
			e.stamp, e.checked = st.stamp, now
		}
	}
}

// clock is seconds since the process began, from 1 on.
func (v *volume) clock() uint32 { return uint32(max(v.o.Now().Sub(v.began)/time.Second, 0)) + 1 }
