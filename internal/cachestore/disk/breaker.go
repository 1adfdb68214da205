package disk

import (
	"log/slog"
	"sync"
	"time"
)

// breaker keeps away from a disk that fails: after a few failures in a row it is left alone for
// a while, longer each time, then tried by one operation. It says so once and once when it is
// over. Safe for concurrent use.
type breaker struct {
	name string // reading, writing
	now  func() time.Time
	log  *slog.Logger

	mu    sync.Mutex
	row   int           // guarded by mu; failures since the last success
	until time.Time     // guarded by mu; left alone until then
	pause time.Duration // guarded by mu; 0: closed, in service
}

const (
	tolerated  = 3 // failures in a row
	firstPause = 5 * time.Second
	maxPause   = 5 * time.Minute
)

// allows reports whether to try.
func (b *breaker) allows() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pause == 0 {
		return true
	}
	now := b.now()
	if now.Before(b.until) {
		return false
	}
	b.until = now.Add(b.pause) // one tries, the others wait for how it goes
	return true
}

// mayTry reports whether allows would say so, without taking the turn.
func (b *breaker) mayTry() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pause == 0 || !b.now().Before(b.until)
}

// healthy reports that it has nothing against the disk.
func (b *breaker) healthy() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pause == 0
}

// failed counts a failure; final ones, such as of a file system that is read-only, trip at once.
func (b *breaker) failed(err error, final bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.row++; b.row < tolerated && !final && b.pause == 0 {
		return
	}
	if b.pause == 0 {
		b.log.Error("the cache directory fails and is left alone for now; answers come from origins", "when", b.name, "error", err)
		b.pause = firstPause
	} else {
		b.pause = min(2*b.pause, maxPause)
	}
	b.until = b.now().Add(b.pause)
}

// worked counts a success.
func (b *breaker) worked() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pause > 0 {
		b.log.Info("the cache directory works again", "when", b.name)
	}
	b.row, b.pause = 0, 0
}
