// Package state keeps Warmfront's typed records in etcd, embedded in the process or an
// existing cluster, and is the only room that knows etcd: one key a resource, transactions
// with conditions, one revision order over everything, watches that resume from a revision.
package state

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/client/v3/namespace"
)

// Options say where the records are kept.
type Options struct {
	// Dir is the directory of the embedded etcd, made if missing. One process at a time may
	// hold it. Ignored when Endpoints are given.
	Dir string
	// Endpoints are the client URLs of an existing etcd cluster.
	Endpoints []string
	// TLS is how to speak with endpoints that are https; nil means the system's authorities.
	TLS *tls.Config
	// Username and Password authenticate to a cluster that wants it; "" means nobody. The user
	// needs to read and write the keys below Prefix.
	Username, Password string
	// Prefix goes before every key, so that a shared cluster can hold several Warmfronts.
	// Default: none in an embedded etcd, "warmfront/" in a cluster.
	Prefix string
	// AccountID is remembered at first start; later starts with another one are refused.
	// Empty means not checked.
	AccountID string
	// EdgeTTL is how long an edge's record outlives its last sign of life; default 10 s,
	// rounded up to seconds.
	EdgeTTL time.Duration
	// Log receives etcd's errors, and its warnings as debug messages; nil discards them.
	Log *slog.Logger
}

// Errors of Open and of the methods of Store.
var (
	// ErrLocked: another process holds the state directory.
	ErrLocked = errors.New("the state directory is in use by another process")
	// ErrUnwritable: the state directory cannot be made or written.
	ErrUnwritable = errors.New("the state directory is not writable")
	// ErrDamaged: what is in the state directory, or one record, cannot be read back.
	ErrDamaged = errors.New("the state is damaged")
	// ErrAccount: the state belongs to another account id.
	ErrAccount = errors.New("the state belongs to another account")
	// ErrNotFound: there is no such record.
	ErrNotFound = errors.New("no such record")
	// ErrCompacted: the revision a watch should resume from is no longer kept; load again.
	ErrCompacted = errors.New("the revision is no longer kept")
	// ErrTooLarge: a transaction has more operations or bytes than etcd takes.
	ErrTooLarge = errors.New("the change is too large for the state")
	// ErrFull: etcd has reached its space quota and refuses writes.
	ErrFull = errors.New("the state has reached its space quota")
	// ErrUnavailable: etcd did not answer in time or has no leader. Retry later.
	ErrUnavailable = errors.New("the state is not available")
	// ErrClosed: the store was closed while a watch was open.
	ErrClosed = errors.New("the state has been closed")
)

// Store is an open state. All methods are safe for concurrent use.
type Store struct {
	client    *clientv3.Client
	kv        clientv3.KV
	watcher   clientv3.Watcher
	edgeTTL   time.Duration
	log       *slog.Logger
	clusterID string
	stop      func() // ends the embedded server, nil in a cluster

	closing chan struct{}  // closed by Close
	edges   sync.WaitGroup // edge records being kept
}

// Open opens the state and returns when it can be read and written: for the embedded etcd
// about 100 ms on a fresh directory. Its errors are one sentence that names the directory or
// the endpoints and match ErrLocked, ErrUnwritable, ErrDamaged, ErrAccount or ErrUnavailable.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.EdgeTTL <= 0 {
		o.EdgeTTL = 10 * time.Second
	}
	s := &Store{log: o.Log, edgeTTL: o.EdgeTTL, closing: make(chan struct{})}
	if err := s.connect(ctx, &o); err != nil {
		return nil, err
	}
	s.kv, s.watcher = s.client.KV, s.client.Watcher
	if o.Prefix != "" {
		s.kv = namespace.NewKV(s.client.KV, o.Prefix)
		s.watcher = namespace.NewWatcher(s.client.Watcher, o.Prefix)
	}
	if err := s.identify(ctx, o.AccountID); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Store) connect(ctx context.Context, o *Options) error {
	if len(o.Endpoints) > 0 {
		if o.Prefix == "" {
			o.Prefix = "warmfront/"
		}
		return s.dial(ctx, o)
	}
	return s.embed(ctx, o)
}

// dial connects to an existing cluster and waits until it answers.
func (s *Store) dial(ctx context.Context, o *Options) error {
	client, err := clientv3.New(clientv3.Config{
		Endpoints:            o.Endpoints,
		TLS:                  o.TLS,
		Username:             o.Username,
		Password:             o.Password,
		DialKeepAliveTime:    10 * time.Second,
		DialKeepAliveTimeout: 5 * time.Second,
		Logger:               zapLogger(o.Log),
		MaxCallSendMsgSize:   maxRequestBytes,
	})
	if err != nil {
		return fmt.Errorf("connect to etcd at %v: %w", o.Endpoints, because(ErrUnavailable, err))
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if _, err := client.Get(ctx, o.Prefix+string(clusterKey)); err != nil {
		client.Close()
		return fmt.Errorf("connect to etcd at %v: %w", o.Endpoints, reason(err))
	}
	s.client = client
	return nil
}

// ClusterID names this state: made once, when it is first opened. A cache filled under
// another one is worthless.
func (s *Store) ClusterID() string { return s.clusterID }

// Health reports nil while the state can be read and written, or why not: ErrFull,
// ErrDamaged or ErrUnavailable.
func (s *Store) Health(ctx context.Context) error {
	if _, err := s.kv.Get(ctx, string(clusterKey)); err != nil {
		return reason(err)
	}
	alarms, err := s.client.AlarmList(ctx)
	if err != nil {
		return reason(err)
	}
	for _, a := range alarms.Alarms {
		return alarmError(a.Alarm)
	}
	return nil
}

// Close removes the edge records kept by this store, ends its watches and stops the embedded
// etcd. Everything acknowledged is already on disk. Call it once, after the last other call.
func (s *Store) Close() error {
	close(s.closing)
	s.edges.Wait()
	err := s.client.Close()
	if s.stop != nil {
		s.stop()
	}
	if errors.Is(err, context.Canceled) {
		err = nil // the in-process client reports its own cancelling
	}
	return err
}

// reason turns an etcd error into one of this package's, keeping the original text.
func reason(err error) error {
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, rpctypes.ErrTooManyOps), errors.Is(err, rpctypes.ErrRequestTooLarge),
		errors.Is(err, rpctypes.ErrGRPCTooManyOps), errors.Is(err, rpctypes.ErrGRPCRequestTooLarge):
		return because(ErrTooLarge, err)
	case errors.Is(err, rpctypes.ErrNoSpace), errors.Is(err, rpctypes.ErrGRPCNoSpace):
		return because(ErrFull, err)
	case errors.Is(err, rpctypes.ErrCorrupt), errors.Is(err, rpctypes.ErrGRPCCorrupt):
		return because(ErrDamaged, err)
	case errors.Is(err, rpctypes.ErrCompacted), errors.Is(err, rpctypes.ErrGRPCCompacted):
		return because(ErrCompacted, err)
	}
	return because(ErrUnavailable, err)
}

// because is kind with the text of its cause; errors.Is finds both.
func because(kind, cause error) error { return fmt.Errorf("%w: %w", kind, cause) }
