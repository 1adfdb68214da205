package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/warmfront/warmfront/internal/api"
	"github.com/warmfront/warmfront/internal/control"
	"github.com/warmfront/warmfront/internal/opsapi"
	"github.com/warmfront/warmfront/internal/state"
)

// management is what needs the state: the control behind the management API and Warmfront's
// own endpoint. A node whose cluster does not answer when it starts serves viewers from the
// configuration kept on disk and attaches as soon as the cluster answers.
type management struct {
	state      atomic.Pointer[state.Store]
	attached   chan struct{} // closed when state and control are there
	control    *control.Control
	cloudfront lateDoor
	operations lateDoor
	rotating   sync.Mutex // the root access key
}

// lateDoor is a handler that answers 503 until the handler behind it is known.
type lateDoor struct{ behind atomic.Pointer[http.Handler] }

// ServeHTTP implements http.Handler.
func (d *lateDoor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h := d.behind.Load(); h != nil {
		(*h).ServeHTTP(w, r)
		return
	}
	w.Header().Set("Retry-After", "1")
	http.Error(w, "the state is not available yet", http.StatusServiceUnavailable)
}

func (d *lateDoor) open(h http.Handler) { d.behind.Store(&h) }

// openState opens the state. If it is a cluster that does not answer, the node goes on with
// the configuration kept on disk, if there is one.
func (n *Node) openState(ctx context.Context) error {
	n.management.attached = make(chan struct{})
	n.onStop("state", func(context.Context) error {
		if s := n.management.state.Load(); s != nil {
			return s.Close()
		}
		return nil
	})
	s, err := n.dialState(ctx)
	if errors.Is(err, state.ErrUnavailable) && len(n.config.EtcdEndpoints) > 0 {
		if n.kept, n.keptAt, _ = n.readKept(); n.kept != nil {
			n.o.Log.Warn("the state is not available: serving the configuration kept on disk", "error", err, "kept", n.keptAt)
			return nil
		}
	}
	if err != nil {
		return err
	}
	return n.attach(ctx, s)
}

func (n *Node) dialState(ctx context.Context) (*state.Store, error) {
	o := state.Options{
		Dir: n.dir.State(), Endpoints: n.config.EtcdEndpoints, AccountID: n.config.AccountID, Log: n.o.Log.With("room", "state"),
	}
	if err := n.authenticate(&o); err != nil {
		return nil, err
	}
	return state.Open(ctx, o)
}

// readKept reads the configuration kept on disk and when it was written.
func (n *Node) readKept() (*state.Config, time.Time, error) {
	data, err := os.ReadFile(n.dir.Snapshot())
	if err != nil {
		return nil, time.Time{}, err
	}
	info, err := os.Stat(n.dir.Snapshot())
	if err != nil {
		return nil, time.Time{}, err
	}
	cfg := &state.Config{}
	if err := json.Unmarshal(data, cfg); err != nil {
		return nil, time.Time{}, fmt.Errorf("%s: %w", n.dir.Snapshot(), err)
	}
	return cfg, info.ModTime(), nil
}

// attach puts control on an open state and opens the doors that need it.
func (n *Node) attach(ctx context.Context, s *state.Store) error {
	m := &n.management
	m.state.Store(s)
	if len(n.config.EtcdEndpoints) == 0 {
		// Nobody else reaches an embedded state: others are this node under an id it has lost.
		if err := s.ForgetOtherEdges(ctx, n.id); err != nil {
			return err
		}
	}
	var suffixes []string
	for _, x := range n.config.ExternalS3 {
		suffixes = append(suffixes, x.HostSuffix)
	}
	ids, err := n.ids(ctx, s)
	if err != nil {
		return err
	}
	m.control, err = control.New(ctx, s, control.Options{
		AccountID: n.config.AccountID, DomainSuffix: n.config.DomainSuffix, Keys: n.keys, AWSQuotas: n.config.AWSQuotas,
		S3Suffixes: suffixes, Now: n.o.Now, Real: n.real, Rand: ids, Log: n.o.Log.With("room", "control"),
	})
	if err != nil {
		return err
	}
	m.cloudfront.open(api.New(m.control, api.Options{BasePath: n.config.BasePath, Keys: n.access, Now: n.o.Now, Real: n.real, Log: n.o.Log.With("room", "api")}))
	m.operations.open(opsapi.New(m.control, opsapi.Options{
		BasePath: n.config.BasePath, Keys: n.access, RootKeyID: func() string { return n.Root().AccessKeyID }, RotateRoot: n.rotateRoot, Now: n.o.Now, Real: n.real, Log: n.o.Log.With("room", "opsapi"),
		Clock:     n.testClock(),
		Explainer: explainer{n}, Site: n.site, Edge: n.observed(),
	}))
	close(m.attached)
	return nil
}

// site describes this node to the clients of its API address.
func (n *Node) site() opsapi.Site {
	s := opsapi.Site{
		AccountID: n.config.AccountID, Region: n.config.Region, DomainSuffix: n.config.DomainSuffix, Version: n.o.Version,
		HTTPPort: n.config.PublicHTTPPort, HTTPSPort: n.config.PublicHTTPSPort,
	}
	if n.config.PrometheusURL != "" {
		s.Spans = opsapi.SpanNames()
	}
	if !n.ready.Load() {
		return s // the viewer addresses may not be bound yet
	}
	plain, encrypted := n.viewers.Addrs()
	if s.HTTPPort == 0 {
		s.HTTPPort = portOf(plain)
	}
	if s.HTTPSPort == 0 {
		s.HTTPSPort = portOf(encrypted)
	}
	return s
}

// reattach tries until the state answers or ctx ends.
func (n *Node) reattach(ctx context.Context) error {
	for {
		s, err := n.dialState(ctx)
		if err == nil {
			return n.attach(ctx, s)
		}
		if !errors.Is(err, state.ErrUnavailable) {
			return err
		}
		if !pause(ctx, time.Second) {
			return ctx.Err()
		}
	}
}

// runControl follows the edges' reports once the state is there.
func (n *Node) runControl(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-n.management.attached:
		return n.management.control.Run(ctx)
	}
}
