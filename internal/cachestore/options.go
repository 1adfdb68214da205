package cachestore

import "time"

// Options bound a Store. The zero value works.
type Options struct {
	MaxBytes       int64            // heads and bodies kept; default 256 MiB
	MaxObjectBytes int64            // largest body kept; default MaxBytes/4, at most MaxBytes/2
	MaxFillBytes   int64            // bodies of unfinished fills that are to be kept; default MaxBytes
	WindowBytes    int64            // how far a body that is not kept is buffered; default 4 MiB, at least two chunks
	SweepDelay     time.Duration    // from an invalidation to freeing its objects' memory; default 1 s
	Now            func() time.Time // default time.Now; only hit-for-miss marks ask it
}

// withDefaults fills in zero fields.
func (o Options) withDefaults() Options {
	if o.MaxBytes <= 0 {
		o.MaxBytes = 256 << 20
	}
	if o.MaxObjectBytes <= 0 {
		o.MaxObjectBytes = o.MaxBytes / 4
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
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
