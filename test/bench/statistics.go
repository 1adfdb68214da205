package main

import "slices"

// medianInterval is the median with its 95 % interval by order statistics (the sign test),
// which assumes nothing of the distribution. There must be a value.
func medianInterval(values []float64) (median, low, top float64) {
	v := slices.Sorted(slices.Values(values))
	n := len(v)
	median = (v[(n-1)/2] + v[n/2]) / 2
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
	return median, v[k-1], v[n-k]
}

func median(values []float64) float64 {
	m, _, _ := medianInterval(values)
	return m
}

// quantile is the value below which the fraction q of values lies.
func quantile(values []float64, q float64) float64 {
	v := slices.Sorted(slices.Values(values))
	return v[min(len(v)-1, int(q*float64(len(v))))]
}
