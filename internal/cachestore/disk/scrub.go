package disk

import (
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
	o, err := v.within(func() (*opened, error) { return v.read(f, want{when: always}) })
	if err != nil {
		v.unusable(f, err)
		return v.pause(0)
	}
	return o.file.Close()
}
