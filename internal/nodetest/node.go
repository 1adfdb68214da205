package nodetest

import (
	"context"
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/config"
	"github.com/warmfront/warmfront/internal/datadir"
	"github.com/warmfront/warmfront/internal/node"
)

// Options of a test's node.
type Options struct {
	Now          func() time.Time     // the node's clock; nil is time.Now
	Log          io.Writer            // nil discards the log
	Dir          string               // data directory; "" is a fresh one
	ConfigMaxAge time.Duration        // 0: tests move the clock by more than a day
	CacheRules   string               // "" is the default
	CacheStatus  bool                 // answers carry Cache-Status
	TestClock    bool                 // clients may move the clock, from Now on
	Settings     func(*config.Config) // changes other settings; may be nil
}

// Node is a running node on loopback.
type Node struct {
	API       string // http://127.0.0.1:port
	HTTPPort  int
	HTTPSPort int
	Root      datadir.RootKey
	Stop      func() // stops the node before the test ends

	settled func() bool
	roots   *x509.CertPool
	mu      sync.Mutex
	viewers map[Protocol]*http.Client // guarded by mu
}

// Start runs a node on a fresh directory until the test ends.
func Start(t testing.TB, o Options) *Node {
	t.Helper()
	if o.Dir == "" {
		dir, err := os.MkdirTemp("", "warmfront-node-")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
		o.Dir = dir
	}
	c := config.Default()
	c.Data, c.API, c.HTTP, c.HTTPS = o.Dir, "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	c.ConfigMaxAge, c.CacheBytes = o.ConfigMaxAge, 64<<20
	c.TestClock = o.TestClock
	if c.CacheStatus = o.CacheStatus; o.CacheRules != "" {
		c.CacheRules = o.CacheRules
	}
	if o.Settings != nil {
		o.Settings(&c)
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	n, err := node.Start(context.Background(), c, node.Options{
		Version: "test", Now: o.Now, Output: o.Log, Log: slog.New(slog.NewTextHandler(o.Log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	stop := sync.OnceFunc(func() {
		cancel()
		if err := n.Wait(ctx); err != nil {
			t.Errorf("stopping the node: %v", err)
		}
	})
	t.Cleanup(stop)
	pem, err := os.ReadFile(datadir.Dir(o.Dir).RootCA())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	e := n.Endpoints()
	return &Node{
		API: e.API, HTTPPort: port(t, e.HTTP), HTTPSPort: port(t, e.HTTPS), Root: n.Root(),
		Stop: stop, settled: n.Settled, roots: roots, viewers: map[Protocol]*http.Client{},
	}
}

// Advance moves the node's clock, once no fetch from an origin is under way: what goes on
// behind the last answer belongs to the time before.
func (n *Node) Advance(c *Clock, d time.Duration) {
	for deadline := time.Now().Add(10 * time.Second); !n.settled() && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	c.Advance(d)
}

// Viewer is the node's viewer of one HTTP version; it keeps its connections.
func (n *Node) Viewer(t testing.TB, p Protocol) *http.Client {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.viewers[p] == nil {
		n.viewers[p] = NewViewer(t, p, n.roots)
	}
	return n.viewers[p]
}

func port(t testing.TB, address string) int {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	p, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	return p
}
