package edge

import (
	"context"
	"crypto/tls"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/warmfront/warmfront/internal/httpcache"
)

// serverTiming adds the edge's metrics to Server-Timing (Developer Guide, "Server-Timing
// header"): to the origin's own when that has just sent them, in their place on a hit.
func (e *Edge) serverTiming(x *exchange) {
	own := ""
	if x.originStatus != 0 {
		own = httpcache.Header(x.fields).Joined("Server-Timing")
	}
	x.drop("Server-Timing")
	var b strings.Builder
	b.Grow(256)
	asked := x.originStatus != 0 && x.result != RefreshHit && x.result != Hit
	if asked {
		b.WriteString(`cdn-upstream-layer;desc="EDGE"`)
		metric(&b, "cdn-upstream-dns", x.times.dns)
		metric(&b, "cdn-upstream-connect", x.times.connect)
		metric(&b, "cdn-upstream-fbl", x.times.firstByte)
		b.WriteByte(',')
	}
	switch {
	case x.result == Hit:
		b.WriteString("cdn-cache-hit,")
	case x.result == RefreshHit:
		b.WriteString("cdn-cache-refresh,")
	case asked:
		b.WriteString("cdn-cache-miss,")
	}
	b.WriteString(`cdn-pop;desc="` + e.o.POP + `",cdn-rid;desc="` + x.id + `"`)
	if x.result == Hit {
		b.WriteString(`,cdn-hit-layer;desc="EDGE"`)
	}
	metric(&b, "cdn-downstream-fbl", e.o.Now().Sub(x.begin))
	if own != "" {
		b.WriteString("," + own)
	}
	x.add("Server-Timing", b.String())
}

// metric writes a duration in whole milliseconds.
func metric(b *strings.Builder, name string, d time.Duration) {
	b.WriteString("," + name + ";dur=")
	b.WriteString(strconv.FormatInt(max(d, 0).Milliseconds(), 10))
}

// upstreamTimes are how long the parts of an exchange with an origin took.
type upstreamTimes struct {
	dns       time.Duration // looking the origin up; 0 on a kept connection
	connect   time.Duration // from then until the connection, TLS included, stood; 0 on a kept one
	firstByte time.Duration // from the request's last byte to the answer's first
}

// stopwatch takes the times of one exchange. A connection attempt may outlive the exchange it
// was begun for, so hooks may still be called afterwards.
type stopwatch struct {
	now func() time.Time

	mu                                            sync.Mutex
	lookup, looked, dial, stood, sent, firstBytes time.Time // guarded by mu
}

func (w *stopwatch) mark(t *time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*t = w.now()
}

func (w *stopwatch) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSStart:             func(httptrace.DNSStartInfo) { w.mark(&w.lookup) },
		DNSDone:              func(httptrace.DNSDoneInfo) { w.mark(&w.looked) },
		ConnectStart:         func(_, _ string) { w.mark(&w.dial) },
		ConnectDone:          func(_, _ string, _ error) { w.mark(&w.stood) },
		TLSHandshakeDone:     func(tls.ConnectionState, error) { w.mark(&w.stood) },
		WroteRequest:         func(httptrace.WroteRequestInfo) { w.mark(&w.sent) },
		GotFirstResponseByte: func() { w.mark(&w.firstBytes) },
		GotConn: func(info httptrace.GotConnInfo) {
			if info.Reused {
				w.mu.Lock()
				defer w.mu.Unlock()
				w.lookup, w.looked, w.dial, w.stood = time.Time{}, time.Time{}, time.Time{}, time.Time{}
			}
		},
	})
}

func (w *stopwatch) times() upstreamTimes {
	w.mu.Lock()
	defer w.mu.Unlock()
	return upstreamTimes{dns: between(w.lookup, w.looked), connect: between(w.dial, w.stood), firstByte: between(w.sent, w.firstBytes)}
}

func between(from, to time.Time) time.Duration {
	if from.IsZero() || to.IsZero() {
		return 0
	}
	return to.Sub(from)
}
