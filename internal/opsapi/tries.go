package opsapi

import (
	"net/netip"
	"sync"
	"time"
)

const (
	triesAllowed = 20
	triesWindow  = 10 * time.Second
	// triesTracked bounds how many addresses are told apart; past it, newcomers of the window
	// share one count.
	triesTracked = 4096
)

// tries counts unsigned requests by address. What they try to guess cannot be guessed; this
// keeps them from being a way to ask much of the state. The zero value is ready; safe for
// concurrent use.
type tries struct {
	mu     sync.Mutex
	window time.Time // begin of the current one
	counts map[netip.Prefix]int
}

// allow counts one try from remote, "address:port", and reports whether it is within bounds.
func (t *tries) allow(remote string, now time.Time) bool {
	from := network(remote)
	t.mu.Lock()
	defer t.mu.Unlock()
	if age := now.Sub(t.window); t.counts == nil || age < 0 || age >= triesWindow {
		t.window, t.counts = now, map[netip.Prefix]int{}
	}
	if _, known := t.counts[from]; !known && len(t.counts) >= triesTracked {
		from = netip.Prefix{}
	}
	t.counts[from]++
	return t.counts[from] <= triesAllowed
}

// network is what counts as one address: an IPv4 address, or an IPv6 /64.
func network(remote string) netip.Prefix {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Prefix{}
	}
	addr := at.Addr().Unmap().WithZone("")
	bits := 64
	if addr.Is4() {
		bits = 32
	}
	p, _ := addr.Prefix(bits) // both lengths are valid for their families
	return p
}
