// Package load is what tests and benchmarks of many viewers share: a distribution to ask, a
// scripted origin whose every byte is known, crowds of viewers over HTTP/1.1 and HTTP/2, and
// the memory and CPU time of a server's process. Its tests hold what the edge promises to
// thousands of viewers; a short form runs always, the long one when WARMFRONT_SOAK is set.
package load
