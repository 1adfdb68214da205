package edge

import (
	"errors"
	"sync"
)

// help brings parts beside the first request, until nothing is left or a request fails. The first
// helper gets company once a range has been answered rightly.
func (a *assembly) help() {
	defer a.judge()
	company := sync.OnceFunc(func() {
		a.judge()
		for range maxHelpers - 1 {
			a.helpers.Go(func() { a.helpWith(nil) })
		}
	})
	a.helpWith(company)
}

func (a *assembly) helpWith(right func()) {
	o := a.l.behavior.Origin.Domain
	if !a.l.e.helpers.take(o) {
		return
	}
	defer a.l.e.helpers.give(o)
	for {
		p, err := a.parts.Next(a.ctx)
		if err != nil {
			return
		}
		if err := a.bring(p, right); err != nil {
			if errors.Is(err, errChanged) {
				a.l.to.Discard(err)
				a.cancel()
			}
			return
		}
	}
}

// helperCounts bounds the requests beside the first ones to each origin.
type helperCounts struct {
	mu sync.Mutex
	n  map[string]int // guarded by mu
}

func (c *helperCounts) take(origin string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n[origin] >= maxHelpersOfOrigin {
		return false
	}
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[origin]++
	return true
}

func (c *helperCounts) give(origin string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n[origin]--; c.n[origin] == 0 {
		delete(c.n, origin)
	}
}
