package edge

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/warmfront/warmfront/internal/accesslog"
	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/edge/fairqueue"
	"github.com/warmfront/warmfront/internal/httpcache"
	"github.com/warmfront/warmfront/internal/metrics"
	"github.com/warmfront/warmfront/internal/origin"
	"github.com/warmfront/warmfront/internal/snapshot"
)

// Deps are the parts an Edge works with.
type Deps struct {
	Store   *cachestore.Store
	Fetcher origin.Fetcher
	Access  *accesslog.Logger // nil: requests are not logged
	Metrics *metrics.Recorder // nil: requests are not counted
	Log     *slog.Logger      // nil: slog.Default
}

// Options of an Edge. The zero value works.
type Options struct {
	POP string // X-Amz-Cf-Pop; "" = LCL50-C1
	// PublicHTTPSPort is the port viewers reach HTTPS and HTTP/3 at, for redirects and
	// Alt-Svc; 0 = 443.
	PublicHTTPSPort int
	// OwnPorts are the ports viewers may reach this edge at: a signature holds with or
	// without them in the URL.
	OwnPorts []uint16
	// ConfigMaxAge is how long restricted behaviors are served without news from control; 0
	// is forever.
	ConfigMaxAge time.Duration
	// Rules decide what is stored and reused where CloudFront's and the RFCs' differ.
	Rules httpcache.Rules
	// CacheStatus says in a header of every answer how the cache dealt with it (RFC 9211).
	CacheStatus bool
	// Zstd is a third coding wherever a behavior has responses compressed, preferred where the
	// viewer takes it. CloudFront does not know it.
	Zstd bool
	// MemoBytes bounds the memory of verified signatures; 0 = 16 MiB, negative = none.
	MemoBytes int64
	// VerifySlots is how many other signatures may be verified before the requests that need
	// none have a turn; 0 = GOMAXPROCS.
	VerifySlots int
	// NoIPv6Policies refuses signed policies with an IPv6 network, as CloudFront does.
	NoIPv6Policies bool
	Now            func() time.Time // nil = time.Now
}

// Edge serves viewer requests. It is safe for concurrent use.
type Edge struct {
	deps       Deps
	o          Options
	memo       *memo
	turns      *fairqueue.Queue // at verifying signatures
	doubts     *doubts
	altSvc     string
	unknownVia string // Via where no distribution is concerned
	ciphers    map[uint16]string
	poll       time.Duration

	parallel int64 // bytes that have to be missing for several requests at once
	part     int64 // bytes that each of them brings
	helpers  helperCounts

	ctx  context.Context // of fills and of everything else that outlives a request
	stop context.CancelFunc
	work sync.WaitGroup // fills under way

	snapshot atomic.Pointer[snapshot.Snapshot]
	heard    atomic.Int64 // Unix nanoseconds of the last news from control
	publish  sync.Mutex
	// oldestRule is the revision of the oldest invalidation rule applied and not pruned, 0 for
	// none. Guarded by publish.
	oldestRule int64
	exchanges  sync.Pool
	refusals   refusals
	flights    flights
	usage      usage
	stripes    atomic.Uint32
}

// New returns an Edge that knows no host until a snapshot is published.
func New(deps Deps, o Options) *Edge {
	if deps.Log == nil {
		deps.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.POP == "" {
		o.POP = "LCL50-C1"
	}
	if o.PublicHTTPSPort == 0 {
		o.PublicHTTPSPort = 443
	}
	if o.MemoBytes == 0 {
		o.MemoBytes = 16 << 20
	}
	e := &Edge{
		deps: deps, o: o, memo: newMemo(o.MemoBytes), turns: fairqueue.New(fairqueue.Options{Slots: o.VerifySlots, Poll: defaultPoll}), doubts: newDoubts(o.Now()),
		altSvc: altSvc(o.PublicHTTPSPort), unknownVia: snapshot.ViaField(newPseudonym()), ciphers: cipherNames(), poll: defaultPoll, parallel: defaultParallelBytes, part: defaultPartBytes,
	}
	e.ctx, e.stop = context.WithCancel(context.Background())
	e.snapshot.Store(&snapshot.Snapshot{})
	e.exchanges.New = func() any { return newExchange(e) }
	return e
}

// Publish serves s from now on: requests that have begun keep the snapshot they began with.
// Its invalidations and revocations are in force when Publish returns. A snapshot of another state, or of an
// older revision than the cache has seen, flushes the cache first.
func (e *Edge) Publish(s *snapshot.Snapshot) {
	e.publish.Lock()
	defer e.publish.Unlock()
	store, old := e.deps.Store, e.snapshot.Load()
	if old.ClusterID != "" && old.ClusterID != s.ClusterID || s.Revision < store.Revision() {
		store.Flush()
	}
	known := store.Revision()
	for i, rules := 0, s.Invalidations; i < len(rules); {
		end := i + 1
		for end < len(rules) && rules[end].Revision == rules[i].Revision {
			end++
		}
		if rules[i].Revision > known {
			store.Invalidate(rules[i:end]...)
		}
		i = end
	}
	store.Advance(s.Revision)
	e.prune(s.Invalidations)
	e.snapshot.Store(s)
	if s.LastCut() > old.Revision {
		e.cutFlights(s)
	}
}

// prune forgets, in the background, the rules of invalidations that control no longer keeps.
// kept are those still kept, oldest first. Caller holds publish.
func (e *Edge) prune(kept []cachestore.Rule) {
	oldest := int64(0)
	if len(kept) > 0 {
		oldest = kept[0].Revision
	}
	if e.oldestRule != 0 && (oldest == 0 || e.oldestRule < oldest) {
		last := e.deps.Store.Revision()
		if oldest != 0 {
			last = oldest - 1
		}
		e.work.Go(func() { e.deps.Store.PruneRules(last) })
	}
	e.oldestRule = oldest
}

// Snapshot returns what is being served.
func (e *Edge) Snapshot() *snapshot.Snapshot { return e.snapshot.Load() }

// Heard records when control last gave news of the configuration.
func (e *Edge) Heard(at time.Time) { e.heard.Store(at.UnixNano()) }

// News is when control last gave news; the zero Time before the first.
func (e *Edge) News() time.Time {
	if at := e.heard.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return time.Time{}
}

// Close cancels what goes on after its viewers have left and waits for it, at most until ctx
// ends. Call it after the listeners have stopped.
func (e *Edge) Close(ctx context.Context) error {
	e.stop()
	done := make(chan struct{})
	go func() { e.work.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// phases are the way of a request, in order. A phase that has answered or fails ends it.
var phases = [...]func(*Edge, *exchange) *failure{
	(*Edge).match,
	(*Edge).protocol,
	(*Edge).method,
	(*Edge).authorize,
	(*Edge).lookup,
	(*Edge).fetch,
}

// Serve implements Handler.
func (e *Edge) Serve(req *Request, w Responder) {
	x := e.exchanges.Get().(*exchange)
	x.start(req, w)
	for _, phase := range phases {
		if f := phase(e, x); f != nil {
			e.fail(x, f)
			break
		}
		if x.answered() {
			break
		}
	}
	e.deliver(x)
}
