package metrics

import (
	"math"
	"math/bits"
	"time"
)

// numBuckets is the number of buckets of a histogram. The first ends at 16 µs, each further
// one at twice the bound before it, the last but one at 67 s; the last has no end.
const numBuckets = 24

// bucketOf finds the bucket of a duration: durations equal to a bound are above it.
func bucketOf(d time.Duration) int {
	return min(bits.Len64(uint64(max(d, 0)/(16*time.Microsecond))), numBuckets-1)
}

// bound is where bucket i ends.
func bound(i int) time.Duration { return 16 * time.Microsecond << i }

// BucketUpTo finds the bucket that ends at a bound as Prometheus has it: in seconds, infinite
// for the last.
func BucketUpTo(le float64) (i int, ok bool) {
	if math.IsInf(le, 1) {
		return numBuckets - 1, true
	}
	for i := range numBuckets - 1 {
		if bound(i).Seconds() == le {
			return i, true
		}
	}
	return 0, false
}

// Histogram counts durations by bucket.
type Histogram [numBuckets]uint64

// Quantile estimates the duration below which a share q (0 to 1) of those counted are,
// supposing that they are spread evenly over each bucket. It is at most the last bound, and
// zero when nothing was counted.
func (h *Histogram) Quantile(q float64) time.Duration {
	var total uint64
	for _, n := range h {
		total += n
	}
	if total == 0 {
		return 0
	}
	rank, below := q*float64(total), 0.0
	for i, n := range h {
		if n == 0 || below+float64(n) < rank {
			below += float64(n)
			continue
		}
		if i == numBuckets-1 {
			break
		}
		low := time.Duration(0)
		if i > 0 {
			low = bound(i - 1)
		}
		return low + time.Duration((rank-below)/float64(n)*float64(bound(i)-low))
	}
	return bound(numBuckets - 2)
}
