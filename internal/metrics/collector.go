package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Collector shows a Recorder's counters to Prometheus, all with the label pop.
type Collector struct {
	r   *Recorder
	pop string
}

// NewCollector returns the collector of r for an edge at pop.
func NewCollector(r *Recorder, pop string) *Collector { return &Collector{r, pop} }

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("warmfront_"+name, help, labels, nil)
}

var (
	requestsDesc   = desc("requests_total", "Viewer requests by result type.", "pop", "distribution", "result")
	classesDesc    = desc("responses_total", "Answers by class of their status; none when the viewer left first.", "pop", "distribution", "class")
	sentDesc       = desc("sent_bytes_total", "Bytes of bodies sent to viewers.", "pop", "distribution")
	receivedDesc   = desc("received_bytes_total", "Bytes of requests received from viewers.", "pop", "distribution")
	firstByteDesc  = desc("first_byte_seconds", "Time from a request's arrival to the first byte of its answer.", "pop", "distribution", "result")
	signaturesDesc = desc("signatures_total", "Valid signatures: verified, or remembered from a verification before.", "pop", "distribution", "outcome")
	refusalsDesc   = desc("refusals_total", "Requests that were not admitted, by reason.", "pop", "distribution", "reason")
	askedDesc      = desc("origin_requests_total", "Requests answered with an origin's part in them.", "pop", "distribution")
	failedDesc     = desc("origin_errors_total", "Of those, requests whose origin was not reached, broke off, or answered with 5xx.", "pop", "distribution")
	fetchesDesc    = desc("origin_fetches_total", "Fetches from origins: the class of the status, or why there is none.", "pop", "outcome")
	fetchWaitDesc  = desc("origin_first_byte_seconds", "Time from a fetch's begin to the head of the origin's answer, or to the failure.", "pop")
)

// Describe implements prometheus.Collector.
func (c *Collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		requestsDesc, classesDesc, sentDesc, receivedDesc, firstByteDesc, signaturesDesc, refusalsDesc, askedDesc, failedDesc, fetchesDesc, fetchWaitDesc,
	} {
		ch <- d
	}
}

// Collect implements prometheus.Collector. Series of what never happened are left out.
func (c *Collector) Collect(ch chan<- prometheus.Metric) {
	for _, t := range c.r.tallies() {
		n := t.read()
		c.collectRequests(ch, t.id, &n)
		c.collectRest(ch, t.id, &n)
	}
	outcomes, waits, waited := c.r.origins.read()
	for outcome, n := range outcomes {
		c.count(ch, fetchesDesc, n, outcome)
	}
	ch <- histogram(fetchWaitDesc, &waits, waited, c.pop)
}

func (c *Collector) collectRequests(ch chan<- prometheus.Metric, id string, n *counts) {
	for result, name := range ResultNames {
		if n.requests(Result(result)) == 0 {
			continue
		}
		waits := Histogram(n.waits[result])
		c.count(ch, requestsDesc, n.requests(Result(result)), id, name)
		ch <- histogram(firstByteDesc, &waits, time.Duration(n.waited[result]), c.pop, id, name)
	}
	for class, name := range ClassNames {
		c.count(ch, classesDesc, n.classes[class], id, name)
	}
}

func (c *Collector) collectRest(ch chan<- prometheus.Metric, id string, n *counts) {
	c.count(ch, sentDesc, n.sent, id)
	c.count(ch, receivedDesc, n.received, id)
	c.count(ch, signaturesDesc, n.signatures[Verified], id, "verified")
	c.count(ch, signaturesDesc, n.signatures[Remembered], id, "remembered")
	c.count(ch, askedDesc, n.origin, id)
	c.count(ch, failedDesc, n.originFailed, id)
	for i, name := range c.r.RefusalNames() {
		c.count(ch, refusalsDesc, n.refusals[i], id, name)
	}
}

func (c *Collector) count(ch chan<- prometheus.Metric, d *prometheus.Desc, n uint64, labels ...string) {
	if n > 0 {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), append([]string{c.pop}, labels...)...)
	}
}

func histogram(d *prometheus.Desc, h *Histogram, total time.Duration, labels ...string) prometheus.Metric {
	var n uint64
	buckets := make(map[float64]uint64, numBuckets-1)
	for i, k := range h {
		n += k
		if i < numBuckets-1 {
			buckets[bound(i).Seconds()] = n
		}
	}
	return prometheus.MustNewConstHistogram(d, n, total.Seconds(), buckets, labels...)
}
