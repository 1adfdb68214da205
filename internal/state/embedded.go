package state

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/etcdserver/api/v3client"
)

// Limits of the embedded etcd. An existing cluster needs --max-txn-ops and
// --max-request-bytes raised to hold distributions with more than about 100 aliases and
// references.
const (
	maxTxnOps       = 8192
	maxRequestBytes = 10 << 20
	quotaBytes      = 8 << 30
	keepRevisions   = "10000"
	defragMegabytes = 64 // free space that makes compacting the file at start worthwhile
	startTimeout    = 60 * time.Second
)

// embed starts the embedded etcd and leaves an in-process client in s. Nothing listens: no
// other process can reach it.
func (s *Store) embed(ctx context.Context, o *Options) error {
	unlock, err := lockDir(o.Dir)
	if err != nil {
		return err
	}
	server, err := startServer(ctx, embedConfig(o))
	if err != nil {
		unlock()
		return openError(o.Dir, err)
	}
	s.client = v3client.New(server.Server)
	s.stop = func() {
		server.Close()
		unlock()
	}
	return nil
}

func embedConfig(o *Options) *embed.Config {
	cfg := embed.NewConfig()
	cfg.Name = "warmfront"
	cfg.Dir = filepath.Join(o.Dir, "etcd")
	cfg.ListenPeerUrls, cfg.ListenClientUrls = nil, nil
	// Only a name in the membership record: nothing listens there.
	self := url.URL{Scheme: "http", Host: "127.0.0.1:2380"}
	cfg.AdvertisePeerUrls, cfg.AdvertiseClientUrls = []url.URL{self}, []url.URL{self}
	cfg.InitialCluster = cfg.InitialClusterFromName(cfg.Name)
	// A single node elects itself: short ticks make it ready in about 80 ms instead of 900.
	cfg.TickMs, cfg.ElectionMs = 10, 100
	cfg.MaxTxnOps, cfg.MaxRequestBytes = maxTxnOps, maxRequestBytes
	cfg.QuotaBackendBytes = quotaBytes
	cfg.AutoCompactionMode, cfg.AutoCompactionRetention = embed.CompactorModeRevision, keepRevisions
	cfg.BootstrapDefragThresholdMegabytes = defragMegabytes
	cfg.EnableGRPCGateway = false
	// Slow disks are normal on laptops; etcd's own default warns at 100 ms.
	cfg.WarningApplyDuration = time.Second
	cfg.WarningUnaryRequestDuration = 2 * time.Second
	logger := zapLogger(o.Log)
	cfg.ZapLoggerBuilder = embed.NewZapLoggerBuilder(logger)
	return cfg
}

// startServer starts etcd and waits until it is ready, turning the panics with which it meets
// damaged files into errors.
func startServer(ctx context.Context, cfg *embed.Config) (server *embed.Etcd, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
			if _, bug := r.(runtime.Error); bug {
				err = errors.New("its write-ahead log cannot be read")
			}
		}
	}()
	if err := checkDatabase(cfg.Dir); err != nil {
		return nil, err
	}
	if server, err = embed.StartEtcd(cfg); err != nil {
		return nil, err
	}
	return server, awaitReady(ctx, server)
}

func awaitReady(ctx context.Context, server *embed.Etcd) error {
	timeout := time.NewTimer(startTimeout)
	defer timeout.Stop()
	var err error
	select {
	case <-server.Server.ReadyNotify():
		return nil
	case <-server.Server.StopNotify():
		err = errors.New("it stopped while starting")
	case <-timeout.C:
		err = fmt.Errorf("%w: not ready after %v", ErrUnavailable, startTimeout)
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	server.Close()
	return err
}

// lockDir makes dir, proves that it can be written, and locks it for this process.
func lockDir(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, openError(dir, err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, openError(dir, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, &OpenError{Dir: dir, Kind: ErrLocked}
		}
		return nil, openError(dir, err)
	}
	return func() { f.Close() }, nil
}

// OpenError is why a state directory could not be opened. Kind is one of ErrLocked,
// ErrUnwritable, ErrDamaged and ErrUnavailable; Err, when set, has the detail.
type OpenError struct {
	Dir  string
	Kind error
	Err  error
}

// Error is one sentence.
func (e *OpenError) Error() string {
	switch {
	case errors.Is(e.Kind, ErrLocked):
		return fmt.Sprintf("state directory %s is in use by another process", e.Dir)
	case errors.Is(e.Kind, ErrUnwritable):
		return fmt.Sprintf("state directory %s is not writable: %v", e.Dir, e.Err)
	case errors.Is(e.Kind, ErrDamaged):
		return fmt.Sprintf("state directory %s is damaged and cannot be opened: %v", e.Dir, e.Err)
	}
	return fmt.Sprintf("state directory %s cannot be opened: %v", e.Dir, e.Err)
}

// Unwrap gives both the kind and the detail.
func (e *OpenError) Unwrap() []error { return []error{e.Kind, e.Err} }

func openError(dir string, err error) error {
	kind := ErrDamaged
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOTDIR),
		errors.Is(err, syscall.ENOSPC), errors.Is(err, fs.ErrExist):
		kind = ErrUnwritable
	case errors.Is(err, ErrUnavailable), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		kind = ErrUnavailable
	}
	return &OpenError{Dir: dir, Kind: kind, Err: err}
}

func alarmError(a etcdserverpb.AlarmType) error {
	if a == etcdserverpb.AlarmType_CORRUPT {
		return ErrDamaged
	}
	return ErrFull
}
