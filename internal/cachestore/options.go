package cachestore

import (
	"time"

	"github.com/warmfront/warmfront/internal/cachestore/disk"
)

// Options bound a Store. The zero value works and has no disk tier.
type Options struct {
	MaxBytes       int64            // heads and bodies kept; default 256 MiB
	MaxObjectBytes int64            // largest body kept; default MaxBytes/4 over a disk, which takes larger ones, else MaxBytes/2, which is the most
	MaxFillBytes   int64            // bodies of unfinished fills that are to be kept; default MaxBytes
	WindowBytes    int64            // how far a body that is not kept is buffered; default 4 MiB, at least two chunks
	SweepDelay     time.Duration    // from an invalidation to freeing its objects' memory; default 1 s
	PromoteBytes   int64            // largest body brought back from disk into memory; default 64 KiB, at most ChunkBytes
	Disk           disk.Options     // the tier below; without Dirs there is none
	Now            func() time.Time // default time.Now; hit-for-miss marks and the disk tier ask it
}

// withDefaults fills in zero fields.
func (o Options) withDefaults() Options {
	if o.MaxBytes <= 0 {
		o.MaxBytes = 256 << 20
	}
	if o.MaxObjectBytes <= 0 && len(o.Disk.Dirs) > 0 {
		o.MaxObjectBytes = o.MaxBytes / 4
	} else if o.MaxObjectBytes <= 0 {
		o.MaxObjectBytes = o.MaxBytes / 2
	}
	o.MaxObjectBytes = min(o.MaxObjectBytes, o.MaxBytes/2)
	if o.MaxFillBytes <= 0 {
		o.MaxFillBytes = o.MaxBytes
	}
	if o.WindowBytes <= 0 {
		o.WindowBytes = 4 << 20
	}
	o.WindowBytes = max(o.WindowBytes, 2*ChunkBytes)
	if o.SweepDelay <= 0 {
		o.SweepDelay = time.Second
	}
	if o.PromoteBytes <= 0 {
		o.PromoteBytes = 64 << 10
	}
	o.PromoteBytes = min(o.PromoteBytes, ChunkBytes)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Disk.Now == nil {
		o.Disk.Now = o.Now
	}
	return o
}
