// Package clock is a clock that can be set, moved and stopped, for servers that tests drive.
package clock

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// A clock can be set to these years: dates that every format in use can write.
const (
	firstYear = 2000
	lastYear  = 2199
)

// RangeError says that a clock cannot be set to a time.
type RangeError struct{ To time.Time }

// Error is one sentence for people.
func (e *RangeError) Error() string {
	return fmt.Sprintf("the clock cannot be set to %s, only to the years %d to %d", e.To.UTC().Format(time.RFC3339), firstYear, lastYear)
}

// Clock runs beside the real one until it is changed. Safe for concurrent use; Now takes no
// lock.
type Clock struct {
	real    func() time.Time
	mu      sync.Mutex // held by Change
	setting atomic.Pointer[setting]
}

type setting struct {
	offset time.Duration // to the real clock, while the clock runs
	frozen time.Time     // the time at which it stands; zero while it runs
}

// New returns a clock that agrees with real.
func New(real func() time.Time) *Clock {
	c := &Clock{real: real}
	c.setting.Store(&setting{})
	return c
}

// Now is the clock's time.
func (c *Clock) Now() time.Time { return c.setting.Load().at(c.real) }

func (s *setting) at(real func() time.Time) time.Time {
	if !s.frozen.IsZero() {
		return s.frozen
	}
	return real().Add(s.offset)
}

// Offset is how far the clock is ahead of the real one at the moment.
func (c *Clock) Offset() time.Duration {
	if s := c.setting.Load(); s.frozen.IsZero() {
		return s.offset
	}
	return c.Now().Sub(c.real())
}

// Change is what to do to a clock, in the order of its fields.
type Change struct {
	Reset   bool          // agree with the real clock again, and run
	Now     time.Time     // set to; zero for as it is
	Advance time.Duration // move by, backwards if negative
	Frozen  *bool         // stand still, or run; nil for as it is
}

// Reading is what a clock shows.
type Reading struct {
	Now, Real time.Time
	Frozen    bool
}

// Read reads the clock beside the real one.
func (c *Clock) Read() Reading {
	s := c.setting.Load()
	return Reading{Now: s.at(c.real), Real: c.real(), Frozen: !s.frozen.IsZero()}
}

// Change changes the clock at once, or returns a *RangeError and leaves it as it was.
func (c *Clock) Change(ch Change) (Reading, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := *c.setting.Load()
	if ch.Reset {
		s = setting{}
	}
	now, frozen := s.at(c.real), !s.frozen.IsZero()
	if !ch.Now.IsZero() {
		now = ch.Now
	}
	now = now.Add(ch.Advance)
	if ch.Frozen != nil {
		frozen = *ch.Frozen
	}
	if y := now.UTC().Year(); y < firstYear || y > lastYear {
		return c.Read(), &RangeError{To: now}
	}
	switch moved := !ch.Now.IsZero() || ch.Advance != 0; {
	case frozen:
		s = setting{frozen: now.Round(0)}
	case moved || !s.frozen.IsZero():
		s = setting{offset: now.Sub(c.real().Round(0))}
	}
	c.setting.Store(&s)
	return c.Read(), nil
}
