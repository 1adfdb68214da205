package disk

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"
	"time"
)

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
	if when == promptly && !v.verified(f, stamp) {
		return errWaits
	}
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
