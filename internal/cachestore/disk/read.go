package disk

import (
	"errors"
	"io/fs"
	"syscall"
	"time"
)

// opened is a file that is what the index says and not damaged.
type opened struct {
	file source
	part *Part // of which file is, if it is open for others too
	h    header
	key  string // of the head block, when asked for
	meta []byte
	body []byte // when asked for
}

// close lets go of the file.
func (o *opened) close() {
	if o.part != nil {
		o.part.Close()
		return
	}
	o.file.Close()
}

// verification says when all of a file is read and compared with its checksums.
type verification uint8

const (
	ifDue    verification = iota // not in this process yet, not lately, or touched since
	always                       // in any case
	never                        // only what is read anyway
	promptly                     // as ifDue, but where it is due, errWaits
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
				r.o.close()
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
func (v *volume) read(f file, w want) (*opened, error) {
	file, err := v.o.FS.Open(v.path(f))
	if err != nil {
		return nil, err
	}
	o := &opened{file: plainFile{file}}
	if err := v.check(o, f, w); err != nil {
		file.Close()
		return nil, err
	}
	return o, nil
}

// Body reads the whole body of an object of one file, checked. It may wait for the disk, for at
// most Options.ReadTimeout. nil means that it cannot be had.
func (r *Ref) Body() []byte {
	v, name, w := r.v, r.file(0), want{inline: PartBytes}
	r.used(name)
	o, err := v.readPrompt(name, w)
	if err != nil {
		o, err = v.within(func() (*opened, error) { return v.read(name, w) })
	}
	if err != nil {
		v.unusable(name, err)
		return nil
	}
	o.close()
	return o.body
}
