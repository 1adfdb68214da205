package main

import (
	"context"
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// memory decides when the process gives memory back to the system. The runtime's own pace
// follows allocation, so that what a burst of viewers took would stay for minutes when nothing
// comes after it.
type memory struct {
	allocated uint64 // bytes ever, at the last look
	floor     uint64 // bytes resident after the last giving back, or less
}

const (
	memoryInterval = 5 * time.Second
	calmBytes      = 8 << 20  // allocated within an interval: the process has little to do
	burstBytes     = 16 << 20 // above the floor, and a quarter of it: worth a collection
)

// due reports, at the end of an interval, whether the process is calm and has more than it
// needs. allocated is all that it ever allocated, resident what the runtime holds of the system.
func (m *memory) due(allocated, resident uint64) bool {
	calm := allocated-m.allocated < calmBytes
	m.allocated = allocated
	m.floor = min(m.floor, resident)
	return calm && resident > m.floor+max(m.floor/4, burstBytes)
}

// tendMemory gives memory back after bursts until ctx ends.
func tendMemory(ctx context.Context) {
	var m memory
	tick := time.NewTicker(memoryInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if m.due(memoryUse()) {
			_, m.floor = giveBack()
		}
	}
}

// giveBack collects and gives back until that no longer pays: pools let go of what they hold at
// the second collection, and each halves the stacks that have become too large.
func giveBack() (allocated, resident uint64) {
	runtime.GC()
	for before := uint64(math.MaxUint64); ; before = resident {
		debug.FreeOSMemory()
		if allocated, resident = memoryUse(); resident > before-before/16 {
			return allocated, resident
		}
	}
}

func memoryUse() (allocated, resident uint64) {
	s := []metrics.Sample{
		{Name: "/gc/heap/allocs:bytes"}, {Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
	}
	metrics.Read(s)
	return s[0].Value.Uint64(), s[1].Value.Uint64() - s[2].Value.Uint64()
}
