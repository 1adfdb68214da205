package node

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/warmfront/warmfront/internal/accesslog"
	"github.com/warmfront/warmfront/internal/history"
	"github.com/warmfront/warmfront/internal/metrics"
	"github.com/warmfront/warmfront/internal/opsapi"
	"github.com/warmfront/warmfront/internal/origin"
)

// metricsPage shows this node to Prometheus.
func (n *Node) metricsPage() http.Handler {
	reg := prometheus.NewRegistry()
	reg.MustRegister(
		metrics.NewCollector(n.metrics, n.config.POP), parts{n},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	page := promhttp.HandlerFor(reg, promhttp.HandlerOpts{MaxRequestsInFlight: 4, EnableOpenMetrics: true})
	return opsapi.NewScrape(page, opsapi.ScrapeOptions{
		Keys: n.access, Now: n.o.Now, Real: n.real, Log: n.o.Log.With("room", "opsapi"), Token: n.config.MetricsToken,
	})
}

// parts collects what the parts of a node say of themselves when asked.
type parts struct{ node *Node }

// gauge is one number that parts shows.
type gauge struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value float64
	tier  []string // of the cache
}

// Describe implements prometheus.Collector. The series are checked when they are collected.
func (parts) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector. Before the node serves, there is nothing.
func (p parts) Collect(ch chan<- prometheus.Metric) {
	if !p.node.ready.Load() {
		return
	}
	for _, g := range append(p.ofCache(), p.ofState()...) {
		ch <- prometheus.MustNewConstMetric(g.desc, g.kind, g.value, append([]string{p.node.config.POP}, g.tier...)...)
	}
}

func series(name, help string, kind prometheus.ValueType, value int64, tier ...string) gauge {
	labels := []string{"pop"}
	if len(tier) > 0 {
		labels = append(labels, "tier")
	}
	return gauge{prometheus.NewDesc("warmfront_"+name, help, labels, nil), kind, float64(value), tier}
}

func (p parts) ofCache() []gauge {
	const level, count = prometheus.GaugeValue, prometheus.CounterValue
	const size, objects, evicted = "Bytes that the cache holds.", "Responses that the cache holds, about.", "Responses that made room for others."
	s := p.node.cache.Stats()
	all := []gauge{
		series("cache_bytes", size, level, s.Bytes, "memory"),
		series("cache_objects", objects, level, s.Objects, "memory"),
		series("cache_evictions_total", evicted, count, s.Evictions, "memory"),
		series("cache_fills", "Fetches into the cache under way.", level, s.Fills),
		series("cache_fill_bytes", "Memory that fetches under way have reserved.", level, s.FillBytes),
		series("cache_invalidation_rules", "Invalidations that the cache still compares stored responses with.", level, s.Rules),
	}
	if p.node.config.CacheDiskBytes == 0 {
		return all
	}
	return append(all,
		series("cache_bytes", size, level, s.Disk.Bytes, "disk"),
		series("cache_objects", objects, level, s.Disk.Objects, "disk"),
		series("cache_evictions_total", evicted, count, s.Disk.Evictions, "disk"),
		series("cache_disk_writes_total", "Files written.", count, s.Disk.Writes),
		series("cache_disk_dropped_total", "Files not written: too many at once, or the disk failing.", count, s.Disk.Dropped),
		series("cache_disk_damaged_total", "Files found damaged, and removed.", count, s.Disk.Bad),
		series("cache_disk_directories_down", "Directories out of service.", level, s.Disk.Down),
	)
}

func (p parts) ofState() []gauge {
	n := p.node
	up, silence, served := int64(0), int64(0), int64(0)
	for range n.edge.Snapshot().Distributions {
		served++
	}
	if n.isReady() == nil {
		up = 1
	}
	if news := n.edge.News(); !news.IsZero() {
		silence = max(int64(n.o.Now().Sub(news)/time.Second), 0)
	}
	return []gauge{
		series("state_up", "Whether the state answers.", prometheus.GaugeValue, up),
		series("state_revision", "Revision of the newest change that the edge serves.", prometheus.GaugeValue, n.edge.Snapshot().Revision),
		series("state_silence_seconds", "Time since the state last gave news of the configuration.", prometheus.GaugeValue, silence),
		series("distributions", "Distributions that the edge serves.", prometheus.GaugeValue, served),
		series("access_log_dropped_total", "Records of requests that were not logged: too many at once, or the destination failing.", prometheus.CounterValue, int64(n.requests.Dropped())),
	}
}

// observed is what the operations API shows of this node's edge.
func (n *Node) observed() *opsapi.Edge {
	e := &opsapi.Edge{ID: n.id, POP: n.config.POP, Metrics: n.metrics, Tails: tails{n}}
	if server, err := n.config.Prometheus(); err == nil && server != nil { // validated
		e.History = history.New(server, n.metrics.RefusalNames())
	}
	return e
}

// tails are those of the access log, which is opened after the doors are built.
type tails struct{ node *Node }

// Tail implements opsapi.Tails.
func (t tails) Tail(f accesslog.Filter) (*accesslog.Tail, error) { return t.node.requests.Tail(f) }

// Untail implements opsapi.Tails.
func (t tails) Untail(o *accesslog.Tail) { t.node.requests.Untail(o) }

// Ended implements opsapi.Tails.
func (t tails) Ended() <-chan struct{} { return t.node.requests.Ended() }

// measured counts what a fetcher fetches.
func (n *Node) measured(f origin.Fetcher) origin.Fetcher {
	return measuredFetcher{f, n.metrics, n.real}
}

type measuredFetcher struct {
	origin.Fetcher
	metrics *metrics.Recorder
	now     func() time.Time
}

// Fetch implements origin.Fetcher.
func (f measuredFetcher) Fetch(ctx context.Context, o *origin.Origin, r *origin.Request) (*http.Response, error) {
	begin := f.now()
	resp, err := f.Fetcher.Fetch(ctx, o, r)
	outcome := "failed"
	if failure, ok := errors.AsType[*origin.Error](err); ok {
		outcome = strings.ReplaceAll(failure.Cause.String(), " ", "-")
	} else if err == nil {
		outcome = strconv.Itoa(resp.StatusCode/100) + "xx"
	}
	f.metrics.RecordFetch(outcome, f.now().Sub(begin))
	return resp, err
}
