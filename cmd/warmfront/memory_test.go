package main

import "testing"

// Memory is given back once after a burst, when the process is calm, not again and again.
func TestMemoryIsGivenBackWhenCalm(t *testing.T) {
	m := memory{floor: 50 << 20}
	for _, look := range []struct {
		what                string
		allocated, resident uint64
		want                bool
	}{
		{"idle", 1 << 20, 52 << 20, false},
		{"the burst", 900 << 20, 600 << 20, false},
		{"calm after it", 901 << 20, 600 << 20, true},
		{"still calm, if nothing could be given back", 902 << 20, 600 << 20, true},
		{"less than before", 903 << 20, 30 << 20, false},
		{"a little more", 904 << 20, 45 << 20, false},
		{"more by burstBytes", 905 << 20, 47 << 20, true},
	} {
		if got := m.due(look.allocated, look.resident); got != look.want {
			t.Errorf("%s: %v", look.what, got)
		}
	}
}
