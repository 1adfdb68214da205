package disk

import (
	"errors"
	"time"
)

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
	if err := v.written(); err != nil {
		return err
	}
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

// written waits until what is queued now has been written, so that a walk finds it.
func (v *volume) written() error {
	done := make(chan struct{})
	patience := time.NewTimer(v.o.Patience)
	defer patience.Stop()
	select {
	case v.queue <- job{done: func(bool) { close(done) }}:
	case <-v.quit:
		return errStopped
	case <-patience.C:
		return errBusy
	}
	select {
	case <-done:
		return nil
	case <-v.quit:
		return errStopped
	case <-patience.C:
		return errBusy
	}
}

// sweepOne drops one object if it is void, and reports false when it could not be told.
func (v *volume) sweepOne(f file, void func(h *Head) bool) bool {
	o, err := v.within(func() (*opened, error) { return v.read(f, want{head: true, when: never}) })
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
