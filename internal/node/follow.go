package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/warmfront/warmfront/internal/datadir"
	"github.com/warmfront/warmfront/internal/snapshot"
	"github.com/warmfront/warmfront/internal/state"
)

// follower keeps the edge serving the newest configuration: state's watch → compiled snapshot
// → edge → the revision reported under the edge's lease.
type follower struct {
	node    *Node
	options snapshot.Options
	log     *slog.Logger

	cfg    *state.Config
	last   *snapshot.Snapshot
	report *state.EdgeHandle
	keep   chan *state.Config // newest configuration to be kept on disk
}

// follow puts the configuration before the edge: the state's, or the one kept on disk if the
// state does not answer.
func (n *Node) follow(ctx context.Context) (*follower, error) {
	f := &follower{node: n, log: n.o.Log.With("room", "node"), keep: make(chan *state.Config, 1), options: n.snapshotOptions()}
	if n.kept != nil {
		f.cfg = n.kept
		f.compile()
		n.edge.Heard(n.keptAt)
	} else if err := f.begin(ctx, n.management.state.Load()); err != nil {
		return nil, err
	}
	n.onStop("edge record", func(context.Context) error {
		if f.report != nil {
			f.report.Close()
		}
		return nil
	})
	n.run("keep the configuration on disk", f.keepOnDisk)
	return f, nil
}

// begin loads the configuration from the state, puts it before the edge and registers the
// edge.
func (f *follower) begin(ctx context.Context, s *state.Store) (err error) {
	if f.cfg, err = s.Load(ctx); err != nil {
		return err
	}
	f.publish()
	_, https := f.node.viewers.Addrs()
	f.report, err = s.KeepEdge(ctx, state.Edge{
		ID: f.node.id, Address: https.String(), POP: f.node.config.POP, Version: f.node.o.Version, Applied: f.last.Revision,
		MaxAge: f.node.config.ConfigMaxAge,
	})
	if err != nil {
		return fmt.Errorf("register the edge: %w", err)
	}
	return nil
}

// run applies what happens until ctx ends.
func (f *follower) run(ctx context.Context) error {
	if f.report == nil {
		if err := f.attach(ctx); err != nil {
			return err
		}
	}
	s := f.node.management.state.Load()
	for {
		err := s.Watch(ctx, f.cfg.Observed, func(b state.Batch) error {
			f.cfg.Apply(b)
			if len(b.Changes) > 0 {
				f.publish()
			}
			f.node.edge.Heard(f.node.o.Now())
			return nil
		})
		switch {
		case ctx.Err() != nil || errors.Is(err, state.ErrClosed):
			return nil
		case errors.Is(err, state.ErrCompacted):
			if f.cfg, err = f.reload(ctx, s); err != nil {
				return nil // ctx has ended
			}
			f.publish()
		default:
			f.log.Warn("the watch of the configuration broke, resuming", "error", err)
			if !pause(ctx, time.Second) {
				return nil
			}
		}
	}
}

// attach waits for the state of a node that started without it.
func (f *follower) attach(ctx context.Context) error {
	if err := f.node.reattach(ctx); err != nil {
		return err
	}
	f.log.Info("the state is available again")
	return f.begin(ctx, f.node.management.state.Load())
}

// reload loads the whole configuration, trying until it succeeds or ctx ends.
func (f *follower) reload(ctx context.Context, s *state.Store) (*state.Config, error) {
	for {
		cfg, err := s.Load(ctx)
		if err == nil {
			return cfg, nil
		}
		f.log.Warn("the configuration could not be loaded, trying again", "error", err)
		if !pause(ctx, time.Second) {
			return nil, ctx.Err()
		}
	}
}

// pause waits, and reports whether ctx still lasts.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// compile puts the configuration before the edge. What cannot be compiled closes its own
// distribution only; the error names it.
func (f *follower) compile() {
	s, err := snapshot.Compile(f.cfg, f.last, f.options)
	if err != nil {
		f.log.Error("part of the configuration cannot be served", "error", err)
	}
	f.last = s
	f.node.edge.Publish(s)
}

// publish compiles the newest configuration, reports it, and has it kept on disk.
func (f *follower) publish() {
	f.compile()
	f.node.edge.Heard(f.node.o.Now())
	if f.report != nil {
		f.report.Applied(f.last.Revision) // before the slow part
	}
	select { // replace an older one still waiting
	case <-f.keep:
	default:
	}
	f.keep <- f.cfg.Clone()
}

// keepOnDisk writes the newest configuration aside, so that an edge can start without
// control. Secrets in it stay sealed.
func (f *follower) keepOnDisk(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case cfg := <-f.keep:
			data, err := json.Marshal(cfg)
			if err == nil {
				err = datadir.WriteFile(f.node.dir.Snapshot(), data, 0o600)
			}
			if err != nil {
				f.log.Error("the configuration could not be kept on disk", "error", err)
			}
		}
	}
}
