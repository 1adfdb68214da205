// Package node is one running Warmfront process: it builds every part with plain
// constructors, runs them, and stops them in reverse.
package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/warmfront/warmfront/internal/access"
	"github.com/warmfront/warmfront/internal/accesslog"
	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/cachestore/disk"
	"github.com/warmfront/warmfront/internal/clock"
	"github.com/warmfront/warmfront/internal/config"
	"github.com/warmfront/warmfront/internal/datadir"
	"github.com/warmfront/warmfront/internal/edge"
	"github.com/warmfront/warmfront/internal/endpoint"
	"github.com/warmfront/warmfront/internal/listener"
	"github.com/warmfront/warmfront/internal/metrics"
	"github.com/warmfront/warmfront/internal/objects"
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
	root   atomic.Pointer[datadir.RootKey]
	keys   *sealed.Keyring
	access *access.Keys
	clock  *clock.Clock     // nil unless clients may move it
	real   func() time.Time // o.Now, if nobody has moved it

	management management
	kept       *state.Config // configuration kept on disk, when the state did not answer
	keptAt     time.Time     // when it was written

	objects  *objects.Store
	cache    *cachestore.Store
	edge     *edge.Edge
	metrics  *metrics.Recorder
	requests *accesslog.Logger
	log      *accesslog.File // nil unless requests are logged to a file
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
	n.setClocks()
	n.metrics = metrics.New(metrics.Options{Refusals: edge.RefusalReasons()})
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
func (n *Node) Root() datadir.RootKey { return *n.root.Load() }

// Settled reports whether no fetch from an origin is under way: viewers may have their answers
// before the cache has put them away.
func (n *Node) Settled() bool { return n.cache.Stats().Fills == 0 }

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
	root, err := n.dir.MakeRootKey()
	if err != nil {
		return err
	}
	n.root.Store(&root)
	if n.id, err = n.dir.MakeNodeID(); err != nil {
		return err
	}
	key, err := sealed.LoadOrCreateKey(n.dir.NodeKey(), nil)
	if err != nil {
		return err
	}
	if n.keys, err = sealed.NewKeyring(nil, key); err != nil {
		return err
	}
	n.access = n.newAccess()
	return nil
}

func (n *Node) openObjects(context.Context) (err error) {
	n.objects, err = objects.Open(n.dir.Objects(), objects.Options{Region: n.config.Region, Now: n.o.Now, Log: n.o.Log.With("room", "objects")})
	if err != nil {
		return err
	}
	n.onStop("objects", func(context.Context) error { return n.objects.Close() })
	return nil
}

// cacheOptions bound the cache in memory and on disk.
func (n *Node) cacheOptions() cachestore.Options {
	o := cachestore.Options{MaxBytes: n.config.CacheBytes, Now: n.o.Now}
	if n.config.CacheDiskBytes == 0 {
		return o
	}
	o.Disk = disk.Options{
		Dirs: n.config.CacheDirs, Bytes: n.config.CacheDiskBytes, ClusterID: n.clusterID(), Now: n.real, Log: n.o.Log.With("room", "cachestore"),
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

// serve puts the configuration before the edge and opens all addresses.
func (n *Node) serve(ctx context.Context) error {
	f, err := n.follow(ctx)
	if err != nil {
		return err
	}
	n.run("follow the configuration", f.run)
	n.run("report the usage of keys", n.reportUsage)
	n.run("metrics", func(ctx context.Context) error { return n.metrics.Run(ctx, n.real) })
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
		API:    scheme + "://" + n.endpoint.Addr().String() + n.config.BasePath,
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
		"AWS_ENDPOINT_URL=" + n.endpoints.API, "AWS_ACCESS_KEY_ID=" + n.Root().AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + n.Root().SecretAccessKey, "AWS_REGION=" + n.endpoints.Region,
		"AWS_DEFAULT_REGION=" + n.endpoints.Region, "AWS_PAGER=", "WARMFRONT_CA=" + n.dir.RootCA(), "WARMFRONT_DATA=" + n.config.Data,
	}}
	return i.run(ctx)
}
