package edge

import (
	"strings"
	"time"
	"unsafe"

	"github.com/warmfront/warmfront/internal/accesslog"
	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/compress"
	"github.com/warmfront/warmfront/internal/httpcache"
	"github.com/warmfront/warmfront/internal/metrics"
	"github.com/warmfront/warmfront/internal/snapshot"
)

// exchange is everything known about one viewer request: what each phase found out, and the
// answer. Exchanges are reused; strings of the request die with it.
type exchange struct {
	e     *Edge
	req   *Request
	w     Responder
	begin time.Time
	id    string // X-Amz-Cf-Id; dies with the exchange

	// match
	snap     *snapshot.Snapshot
	dist     *snapshot.Distribution // nil for an unknown host
	behavior *snapshot.Behavior
	also     []*snapshot.Behavior // further restricted behaviors that must admit
	method   snapshot.Methods
	path     string // as sent
	query    string // as sent; from authorize on without signing parameters where those count

	// authorize
	keyID  string            // the signer's, verified or not
	reason string            // of a refusal
	signed []snapshot.Signed // what admitted the request: by one key, nearly always
	grant  *grant            // nil but for manifests to rewrite

	// look up, fetch
	target       string // path to ask the origin for: path, or the default root object
	keyQuery     string // the part of query in the key
	accepted     compress.Accepted
	rng          httpcache.Range
	wantsRange   bool
	key          []byte
	primary      int    // length of the part of key that is no variant's
	originAge    string // Age of the origin's answer, to be passed on with it
	handling     httpcache.Handling
	originID     string // of the origin asked last, "" when none was
	originStatus int
	times        upstreamTimes
	inner        bool        // the fetch of an error page, not a request of its own
	hurried      bool        // answered from memory, the kernel's included, or not at all
	inquiry      bool        // to be explained rather than answered
	sending      *viewerBody // the request's body, lent to the origin

	// answer
	out      Response
	flight   *flight // of the body, when it can be cut off
	ofMemory *flight // where that is when the body is in memory and not streamed; made once
	result   ResultType
	detail   ResultType
	left     bool // the viewer has gone: there is nobody to answer

	headers viewerHeaders
	record  *accesslog.Record
	counted metrics.Request
	fields  []Field
	buf     []byte // of signatures
	words   []byte // what text has made strings of

	stripe uint32 // of counters, to share them with few others

	scan  func(name, value string) bool // headers.add, made once
	done  func(sent int64, err error)   // finish, made once
	ended func() error                  // isCut, made once
}

func newExchange(e *Edge) *exchange {
	x := &exchange{e: e, stripe: e.stripes.Add(1), ofMemory: &flight{}, buf: make([]byte, 0, 2048), words: make([]byte, 0, 256), key: make([]byte, 0, 256), fields: make([]Field, 0, 32)}
	x.scan, x.done, x.ended = x.headers.add, x.finish, x.isCut
	return x
}

func (x *exchange) start(req *Request, w Responder) {
	x.req, x.w, x.begin, x.id = req, w, x.e.o.Now(), x.text(appendRequestID(x.words))
	x.snap = x.e.snapshot.Load()
	req.Header.All(x.scan)
}

// recycle forgets the request but keeps the buffers.
func (x *exchange) recycle() {
	e := x.e
	clear(x.fields[:cap(x.fields)])
	clear(x.signed[:cap(x.signed)])
	x.ofMemory.clear()
	*x = exchange{e: e, stripe: x.stripe, ofMemory: x.ofMemory, buf: x.buf[:0], words: x.words[:0], key: x.key[:0], fields: x.fields[:0], signed: x.signed[:0], scan: x.scan, done: x.done, ended: x.ended}
	e.exchanges.Put(x)
}

// text takes words with something appended and returns that as a string. It dies with the
// exchange, as strings of the request do: strings.Clone what must live longer.
func (x *exchange) text(longer []byte) string {
	s := longer[len(x.words):]
	x.words = longer
	return unsafe.String(unsafe.SliceData(s), len(s))
}

func (x *exchange) answered() bool { return x.out.Status != 0 }

func (x *exchange) scheme() string {
	if x.req.TLS != nil {
		return "https"
	}
	return "http"
}

// cacheTarget is what invalidations are compared with.
func (x *exchange) cacheTarget() cachestore.Target {
	return cachestore.Target{
		DistributionID: x.dist.ID,
		Path:           strings.Clone(snapshot.InvalidationPath(x.target)),
		Query:          strings.Clone(x.keyQuery),
	}
}

// viewerHeaders are the header fields the edge itself looks at, gathered in one pass.
type viewerHeaders struct {
	cookie         string // all lines, joined by "; " (RFC 9113, 8.2.3)
	acceptEncoding string
	rng            string
	via            string
	referer        string
	userAgent      string
	connection     string // names fields that end here (RFC 9110, 7.6.1)
	conditions     httpcache.Conditions
	count          int
	bytes          int
}

// add takes one field line.
func (h *viewerHeaders) add(name, value string) bool {
	h.count++
	h.bytes += len(name) + len(value) + 4
	var to *string
	sep := ", "
	switch len(name) {
	case 3:
		to = named(name, "via", &h.via)
	case 5:
		to = named(name, "range", &h.rng)
	case 6:
		to, sep = named(name, "cookie", &h.cookie), "; "
	case 7:
		to = named(name, "referer", &h.referer)
	case 8:
		if to = named(name, "if-match", &h.conditions.IfMatch); to == nil {
			to = named(name, "if-range", &h.conditions.IfRange)
		}
	case 10:
		if to = named(name, "user-agent", &h.userAgent); to == nil {
			to = named(name, "connection", &h.connection)
		}
	case 13:
		to = named(name, "if-none-match", &h.conditions.IfNoneMatch)
	case 15:
		to = named(name, "accept-encoding", &h.acceptEncoding)
	case 17:
		to = named(name, "if-modified-since", &h.conditions.IfModifiedSince)
	case 19:
		to = named(name, "if-unmodified-since", &h.conditions.IfUnmodifiedSince)
	}
	switch {
	case to == nil:
	case *to == "":
		*to = value
	default:
		*to += sep + value
	}
	return true
}

func named(name, want string, to *string) *string {
	if strings.EqualFold(name, want) {
		return to
	}
	return nil
}
