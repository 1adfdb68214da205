package h2

import (
	"sync/atomic"
	"time"
)

// Limits of what costs the viewer little and us something.
const (
	calmBurst     = 4000 // frames without progress
	calmPerSecond = 100
	maxBlockBytes = 64 << 10 // of an encoded header block
	maxFragments  = 32       // frames of a header block
)

// calm is a budget for frames that ask for work or answers without making progress: PING,
// SETTINGS, PRIORITY, RST_STREAM, empty DATA, WINDOW_UPDATE, frames of unknown types and
// requests that end in an error of ours. It fills with time and with the bodies sent and
// received. Its methods are the reading loop's.
type calm struct {
	left   int
	asked  time.Time    // when time last filled it
	credit atomic.Int64 // earned elsewhere; safe for concurrent use
}

// spend takes n from the budget and reports whether it lasts.
func (c *calm) spend(n int, now func() time.Time) bool {
	if c.left -= n; c.left >= 0 {
		return true
	}
	if c.earn(int(c.credit.Swap(0))); c.left >= 0 {
		return true
	}
	t := now()
	c.earn(int(min(t.Sub(c.asked), time.Minute) * calmPerSecond / time.Second))
	c.asked = t
	return c.left >= 0
}

// earn gives back for progress.
func (c *calm) earn(n int) { c.left = min(c.left+n, calmBurst) }
