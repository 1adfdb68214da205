package load

import (
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/warmfront/warmfront/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// scale picks the number for this run: few in every run, full by `make soak`.
func scale(few, full int) int {
	if os.Getenv("WARMFRONT_SOAK") != "" {
		return full
	}
	return few
}

// world is a server with one site, whose origin answers by path.
type world struct {
	*Site
	t       *testing.T
	process Process
	origin  *Origin
	paths   *http.ServeMux
}

// start serves a site with a cache policy, by its id.
func start(t *testing.T, policy string, flags ...string) *world {
	t.Helper()
	w := &world{t: t, paths: http.NewServeMux()}
	var err error
	if w.origin, err = NewOrigin(w.paths); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.origin.Close() })
	server := harness.Start(t, flags...)
	w.process = Process(server.PID())
	if w.Site, err = Deploy(t.Context(), server.Dir, "load", policy, CustomOrigin(w.origin.Port)); err != nil {
		t.Fatal(err)
	}
	if err := w.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) target(secure bool, path string) Target {
	w.t.Helper()
	t, err := w.Target(secure, path)
	if err != nil {
		w.t.Fatal(err)
	}
	return t
}

// rss and peak are the server's memory now and at most since watch, in bytes.
func (w *world) rss() int64  { return w.must(w.process.RSS()) }
func (w *world) peak() int64 { return w.must(w.process.PeakRSS()) }

// watch begins a new peak and returns what is used now.
func (w *world) watch() int64 {
	w.t.Helper()
	if err := w.process.ResetPeak(); err != nil {
		w.t.Fatal(err)
	}
	return w.rss()
}

func (w *world) must(n int64, err error) int64 {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// gate opens when as many have arrived as it was made for.
type gate struct {
	left atomic.Int64
	open chan struct{}
	once sync.Once
}

func newGate(n int) *gate {
	g := &gate{open: make(chan struct{})}
	g.left.Store(int64(n))
	return g
}

func (g *gate) arrive() {
	if g.left.Add(-1) <= 0 {
		g.once.Do(func() { close(g.open) })
	}
}
