// Package node is one running Warmfront process: it builds every part with plain
// constructors, runs them, and stops them in reverse.
package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/warmfront/warmfront/internal/accesslog"
	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/cachestore/disk"
	"github.com/warmfront/warmfront/internal/certs"
	"github.com/warmfront/warmfront/internal/config"
	"github.com/warmfront/warmfront/internal/datadir"
	"github.com/warmfront/warmfront/internal/edge"
	"github.com/warmfront/warmfront/internal/endpoint"
	"github.com/warmfront/warmfront/internal/listener"
	"github.com/warmfront/warmfront/internal/objects"
	"github.com/warmfront/warmfront/internal/origin"
	"github.com/warmfront/warmfront/internal/sealed"
	"github.com/warmfront/warmfront/internal/state"
)

// Options are what a process gives a node besides its settings.
type Options struct {
	Version string
	Log     *slog.Logger
	Now     func() time.Time // clock of requests, signatures and caches; nil is time.Now
	Output  io.Writer        // what init files print
}

// Node is a running process. Start makes one; Wait ends it.
type Node struct {
	config config.Config
	o      Options
	dir    datadir.Dir
	id     string // of this node among others of one state
	root   datadir.RootKey
	keys   *sealed.Keyring

	management management
	kept       *state.Config // configuration kept on disk, when the state did not answer
	keptAt     time.Time     // when it was written

	objects  *objects.Store
	cache    *cachestore.Store
	edge     *edge.Edge
	viewers  *listener.Listener
	endpoint *endpoint.Server
	ready    atomic.Bool

	endpoints datadir.Endpoints
	closers   []closer // in order of opening
	parts     *errgroup.Group
	partsDone context.Context
	stopParts context.CancelFunc
}

// closer gives back what a step of Start has taken.
type closer struct {
	name  string
	close func(context.Context) error
}

// stopTimeout bounds how long requests under way may take when the node stops.
const stopTimeout = 10 * time.Second

// Start builds a node and returns when it serves. c must be validated. On an error nothing is
// left running.
func Start(ctx context.Context, c config.Config, o Options) (*Node, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	n := &Node{config: c, o: o, dir: datadir.Dir(c.Data)}
	var parts context.Context
	parts, n.stopParts = context.WithCancel(context.WithoutCancel(ctx))
	n.parts, n.partsDone = errgroup.WithContext(parts)
	for _, step := range []func(context.Context) error{
		n.openData, n.openState, n.openObjects, n.buildDoors, n.bindViewers, n.serve, n.announce, n.initialize,
	} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, n.stop())
		}
	}
	n.ready.Store(true)
	return n, nil
}

// isReady tells /readyz whether the node has started and its state answers.
func (n *Node) isReady() error {
	if !n.ready.Load() {
		return errors.New("starting")
	}
	ctx, cancel := context.WithTimeout(n.partsDone, time.Second)
	defer cancel()
	if s := n.management.state.Load(); s != nil {
		return s.Health(ctx)
	}
	return state.ErrUnavailable
}

// Endpoints are where the node answers.
func (n *Node) Endpoints() datadir.Endpoints { return n.endpoints }

// Root is the root access key.
func (n *Node) Root() datadir.RootKey { return n.root }

// Wait returns when ctx has ended and every part has stopped, or with the error of a part
// that failed.
func (n *Node) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
	case <-n.partsDone.Done():
	}
	return n.stop()
}

// stop ends the parts in the reverse order of their start.
func (n *Node) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	var errs []error
	for i := len(n.closers) - 1; i >= 0; i-- {
		c := n.closers[i]
		if err := c.close(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", c.name, err))
		}
	}
	n.closers = nil
	n.stopParts()
	if err := n.parts.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (n *Node) onStop(name string, close func(context.Context) error) {
	n.closers = append(n.closers, closer{name, close})
}

// run runs a background part until its turn to stop comes; its failure stops the node.
func (n *Node) run(name string, part func(context.Context) error) {
	ctx, cancel := context.WithCancel(n.partsDone)
	done := make(chan struct{})
	n.supervise(name, func() error {
		defer close(done)
		if err := part(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		return nil
	})
	n.onStop(name, func(context.Context) error { cancel(); <-done; return nil })
}

// supervise stops the node when serve fails; serve ends by other means.
func (n *Node) supervise(name string, serve func() error) {
	n.parts.Go(func() error {
		if err := serve(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	})
}

func (n *Node) openData(context.Context) error {
	if err := n.dir.Make(); err != nil {
		return err
	}
	lock, err := n.dir.Lock()
	if err != nil {
		return err
	}
	n.onStop("lock", func(context.Context) error { return lock.Release() })
	if n.root, err = n.dir.MakeRootKey(); err != nil {
		return err
	}
	if n.id, err = n.dir.MakeNodeID(); err != nil {
		return err
	}
	key, err := sealed.LoadOrCreateKey(n.dir.NodeKey(), nil)
	if err != nil {
		return err
	}
	n.keys, err = sealed.NewKeyring(nil, key)
	return err
}

func (n *Node) openObjects(context.Context) (err error) {
	n.objects, err = objects.Open(n.dir.Objects(), objects.Options{Region: n.config.Region, Now: n.o.Now, Log: n.o.Log.With("room", "objects")})
	if err != nil {
		return err
	}
	n.onStop("objects", func(context.Context) error { return n.objects.Close() })
	return nil
}

// lateHandler lets sockets be bound before the edge that answers on them is built, since the
// edge has to know their ports.
type lateHandler struct{ *edge.Edge }

// bindViewers binds the viewer addresses and builds the edge behind them.
func (n *Node) bindViewers(context.Context) error {
	authority, err := certs.Open(certs.Options{Dir: n.dir.TLS(), Suffix: n.config.DomainSuffix, Allow: n.serves})
	if err != nil {
		return err
	}
	handler := &lateHandler{}
	trusted, err := prefixes(n.config.TrustedProxies)
	if err != nil {
		return err
	}
	n.viewers = listener.New(handler, listener.Options{
		HTTP: n.config.HTTP, HTTPS: n.config.HTTPS, GetCertificate: authority.GetCertificate,
		TrustedProxies: trusted, Log: n.o.Log.With("room", "listener"),
	})
	access, err := n.openAccessLog()
	if err != nil {
		return err
	}
	if err := n.viewers.Listen(); err != nil {
		return err
	}
	fetcher, err := n.newFetcher()
	if err != nil {
		return err
	}
	n.cache = cachestore.New(n.cacheOptions())
	n.onStop("cache", func(context.Context) error { n.cache.Close(); return nil })
	n.edge = edge.New(edge.Deps{
		Store: n.cache, Fetcher: fetcher, Access: access, Log: n.o.Log.With("room", "edge"),
	}, n.edgeOptions())
	handler.Edge = n.edge
	n.onStop("edge", n.edge.Close)
	n.onStop("viewers", n.viewers.Shutdown)
	return nil
}

// cacheOptions bound the cache in memory and on disk.
func (n *Node) cacheOptions() cachestore.Options {
	o := cachestore.Options{MaxBytes: n.config.CacheBytes, Now: n.o.Now}
	if n.config.CacheDiskBytes == 0 {
		return o
	}
	o.Disk = disk.Options{
		Dirs: n.config.CacheDirs, Bytes: n.config.CacheDiskBytes, ClusterID: n.clusterID(), Log: n.o.Log.With("room", "cachestore"),
	}
	if len(o.Disk.Dirs) == 0 {
		o.Disk.Dirs = []string{n.dir.Cache()}
	}
	return o
}

// clusterID names the state, or the one that the configuration kept on disk is of.
func (n *Node) clusterID() string {
	if s := n.management.state.Load(); s != nil {
		return s.ClusterID()
	}
	return n.kept.ClusterID
}

// serves reports whether a TLS server name is an alias of a distribution.
func (n *Node) serves(name string) bool { return n.edge.Snapshot().Host(name) != nil }

func (n *Node) edgeOptions() edge.Options {
	httpAddr, httpsAddr := n.viewers.Addrs()
	o := edge.Options{
		POP: n.config.POP, PublicHTTPSPort: n.config.PublicHTTPSPort, ConfigMaxAge: n.config.ConfigMaxAge, Now: n.o.Now,
	}
	if o.PublicHTTPSPort == 0 {
		o.PublicHTTPSPort = portOf(httpsAddr)
	}
	for _, port := range []int{portOf(httpAddr), portOf(httpsAddr), n.config.PublicHTTPPort, n.config.PublicHTTPSPort, 80, 443} {
		if port != 0 {
			o.OwnPorts = append(o.OwnPorts, uint16(port))
		}
	}
	return o
}

// newFetcher fetches from origins; buckets of our own store over the endpoint's in-memory
// connection.
func (n *Node) newFetcher() (origin.Fetcher, error) {
	o := origin.Options{
		Private: n.config.PrivateOrigins, Region: n.config.Region, Now: n.o.Now,
		OwnStore: func(ctx context.Context) (net.Conn, error) { return n.endpoint.Dial(ctx) },
	}
	if addr, err := netip.ParseAddrPort(n.endpoint.Addr().String()); err == nil {
		o.Refuse = append(o.Refuse, addr)
	}
	for _, x := range n.config.ExternalS3 {
		endpoint, err := url.Parse(x.Endpoint)
		if err != nil {
			return nil, fmt.Errorf("external-s3: %w", err)
		}
		o.Stores = append(o.Stores, origin.Store{HostSuffix: x.HostSuffix, Endpoint: endpoint, Region: x.Region})
	}
	return origin.New(o), nil
}

func (n *Node) openAccessLog() (*accesslog.Logger, error) {
	var out io.Writer
	switch n.config.AccessLog {
	case "":
		return nil, nil
	case "stderr":
		out = os.Stderr
	default:
		if err := os.MkdirAll(filepath.Dir(n.config.AccessLog), 0o755); err != nil {
			return nil, fmt.Errorf("access log: %w", err)
		}
		f, err := os.OpenFile(n.config.AccessLog, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o640)
		if err != nil {
			return nil, fmt.Errorf("access log: %w", err)
		}
		n.onStop("access log", func(context.Context) error { return f.Close() })
		out = f
	}
	logger := accesslog.New(out, accesslog.Options{OnError: func(err error) { n.o.Log.Error("access log", "error", err) }})
	n.run("access log writer", logger.Run)
	return logger, nil
}

// serve puts the configuration before the edge and opens all addresses.
func (n *Node) serve(ctx context.Context) error {
	f, err := n.follow(ctx)
	if err != nil {
		return err
	}
	n.run("follow the configuration", f.run)
	n.supervise("API address", n.endpoint.Serve)
	n.supervise("viewers", func() error { return n.viewers.Serve(n.partsDone) })
	return nil
}

// announce makes the node known: to state as a live edge, to clients by its endpoints file.
func (n *Node) announce(context.Context) error {
	httpAddr, httpsAddr := n.viewers.Addrs()
	scheme := "http"
	if n.config.APICert != "" {
		scheme = "https"
	}
	n.endpoints = datadir.Endpoints{
		API:    scheme + "://" + n.endpoint.Addr().String(),
		HTTP:   "http://" + httpAddr.String(),
		HTTPS:  "https://" + httpsAddr.String(),
		Region: n.config.Region,
	}
	return n.dir.WriteEndpoints(n.endpoints)
}

// initialize runs the set-up files of the init folder, if there is one.
func (n *Node) initialize(ctx context.Context) error {
	if n.config.Init == "" {
		return nil
	}
	i := &initializer{folder: n.config.Init, dir: n.dir, api: n.endpoints.API, log: n.o.Log, output: n.o.Output, env: []string{
		"AWS_ENDPOINT_URL=" + n.endpoints.API, "AWS_ACCESS_KEY_ID=" + n.root.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + n.root.SecretAccessKey, "AWS_REGION=" + n.endpoints.Region,
		"AWS_DEFAULT_REGION=" + n.endpoints.Region, "AWS_PAGER=", "WARMFRONT_CA=" + n.dir.RootCA(), "WARMFRONT_DATA=" + n.config.Data,
	}}
	return i.run(ctx)
}

func portOf(addr net.Addr) int {
	if a, ok := addr.(*net.TCPAddr); ok {
		return a.Port
	}
	return 0
}

func prefixes(networks []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range networks {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, err
		}
		out = append(out, p.Masked())
	}
	return out, nil
}
