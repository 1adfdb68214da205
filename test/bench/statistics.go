package main

import (
	"slices"
	"time"
)

// medianInterval is the median with its 95 % interval by order statistics (the sign test),
// which assumes nothing of the distribution. There must be a value, and no more than some hundreds.
func medianInterval(values []float64) (median, low, top float64) {
	v := slices.Sorted(slices.Values(values))
	n := len(v)
	// The largest k with P(Binomial(n, 1/2) < k) <= 2.5 %; the interval is v[k-1]..v[n-k].
	p, cumulative, k := 1.0, 0.0, 0
	for range n {
		p /= 2
	}
	for cumulative+p <= 0.025 {
		cumulative += p
		k++
		p = p * float64(n-k+1) / float64(k)
	}
	k = max(k, 1)
	return middle(v), v[k-1], v[n-k]
}

func median(values []float64) float64 { return middle(slices.Sorted(slices.Values(values))) }

// middle is the median of sorted values.
func middle(v []float64) float64 { return (v[(len(v)-1)/2] + v[len(v)/2]) / 2 }

// quantile is the value below which the fraction q of values lies.
func quantile(values []float64, q float64) float64 {
	v := slices.Sorted(slices.Values(values))
	return v[min(len(v)-1, int(q*float64(len(v))))]
}

func microseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }
