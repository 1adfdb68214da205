package state

import (
	"context"
	"fmt"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// Watch calls deliver with everything that happens under config/ after the revision after
// (Config.Observed), in order and without gaps, until ctx ends or deliver fails; it returns
// that error. It returns ErrCompacted when the revision is no longer kept: load again and
// watch from there; and ErrClosed when the store is closed. Interruptions of an etcd cluster
// are bridged.
func (s *Store) Watch(ctx context.Context, after int64, deliver func(Batch) error) error {
	return s.watch(ctx, configPrefix, after, func(resp clientv3.WatchResponse) error {
		var b Batch
		if resp.IsProgressNotify() {
			b.Observed = resp.Header.Revision
		}
		for _, ev := range resp.Events {
			if err := b.add(ev.Kv, ev.Type == clientv3.EventTypeDelete); err != nil {
				return fmt.Errorf("watch the configuration: %w", err)
			}
		}
		return deliver(b)
	})
}

func (s *Store) watch(ctx context.Context, prefix Key, after int64, each func(clientv3.WatchResponse) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the watch in etcd when each fails
	responses := s.watcher.Watch(clientv3.WithRequireLeader(ctx), string(prefix),
		clientv3.WithPrefix(), clientv3.WithRev(after+1), clientv3.WithProgressNotify())
	for resp := range responses {
		if err := resp.Err(); err != nil {
			if s.isClosing() {
				return ErrClosed
			}
			if resp.CompactRevision != 0 {
				return fmt.Errorf("%w: %d, kept from %d", ErrCompacted, after+1, resp.CompactRevision)
			}
			return reason(err)
		}
		if err := each(resp); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.isClosing() {
		return ErrClosed
	}
	return fmt.Errorf("%w: the watch ended", ErrUnavailable)
}
