package objects

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
)

// collectBatch bounds the blobs removed per index transaction.
const collectBatch = 1024

// collectDelay is how long garbage may wait for more, so that a run of
// overwrites costs few index transactions.
const collectDelay = time.Second

// collectLoop removes garbage when told of some, and searches for strays when
// the store opens and every so often after.
func (s *Store) collectLoop(ctx context.Context, every time.Duration) {
	var tick <-chan time.Time
	if every > 0 {
		t := time.NewTicker(every)
		defer t.Stop()
		tick = t.C
		s.report(s.Collect(ctx))
	}
	var due <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
			if due == nil {
				due = time.After(collectDelay)
			}
		case <-due:
			due = nil
			_, err := s.removeGarbage(ctx)
			s.report(0, err)
		case <-tick:
			s.report(s.Collect(ctx))
		}
	}
}

func (s *Store) report(removed int, err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		s.log.Error("collect blobs", "error", err)
	} else if removed > 0 {
		s.log.Info("collected blobs", "removed", removed)
	}
}

// garbageMade tells the collector that a committed change left garbage.
func (s *Store) garbageMade() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Collect removes the blobs that nothing refers to and nobody reads or writes:
// those given up by deletes and overwrites, and strays a crash left between
// writing a blob and committing it. It returns how many it removed. It runs
// by itself; calling it is only useful in tests and tools.
func (s *Store) Collect(ctx context.Context) (removed int, err error) {
	removed, err = s.removeGarbage(ctx)
	if err != nil {
		return removed, err
	}
	for i := range 256 {
		if err := ctx.Err(); err != nil {
			return removed, err
		}
		n, err := s.removeStrays(hex.EncodeToString([]byte{byte(i)}))
		removed += n
		if err != nil {
			return removed, err
		}
	}
	return removed, nil
}

// removeGarbage works through the garbage table. Blobs still being read stay
// for a later run.
func (s *Store) removeGarbage(ctx context.Context) (removed int, err error) {
	if s.changes.broken.Load() {
		return 0, ErrBroken // what the index will refer to is not known
	}
	var from []byte
	for ctx.Err() == nil {
		ids, next, err := s.unreadGarbage(from)
		if err != nil {
			return removed, err
		}
		for _, id := range ids {
			if err := s.files.Remove(s.blobPath(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return removed, fmt.Errorf("remove blob: %w", err)
			}
		}
		if len(ids) > 0 {
			err = s.changes.do(func(tx *bbolt.Tx) error {
				for _, id := range ids {
					if err := tx.Bucket(garbageBucket).Delete(id[:]); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return removed, err
			}
			removed += len(ids)
		}
		if next == nil {
			return removed, nil
		}
		from = next
	}
	return removed, ctx.Err()
}

// unreadGarbage returns up to a batch of garbage nobody reads, from a key on,
// and the key to go on from, nil at the end.
func (s *Store) unreadGarbage(from []byte) (ids []blobID, next []byte, err error) {
	// Whoever looked a blob up before it became garbage has it in reading once
	// we hold the gate; whoever looks later finds no reference to it.
	s.gate.Lock()
	defer s.gate.Unlock()
	held := false
	s.held.Store(true) // before asking who reads, so that no reader leaves unnoticed
	err = s.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(garbageBucket).Cursor()
		seen := 0
		for k, _ := c.Seek(from); k != nil; k, _ = c.Next() {
			if seen == collectBatch {
				next = append([]byte(nil), k...)
				return nil
			}
			seen++
			if id := blobID(k); s.reading.has(id) {
				held = true
			} else {
				ids = append(ids, id)
			}
		}
		return nil
	})
	if !held {
		s.held.Store(false)
	}
	return ids, next, err
}

// removeStrays removes the files of one fan-out directory that the index does
// not know.
func (s *Store) removeStrays(dir string) (removed int, err error) {
	path := filepath.Join(s.dir, blobsDir, dir)
	names, err := s.files.List(path)
	if err != nil {
		return 0, fmt.Errorf("list blobs: %w", err)
	}
	// A file listed here was being written, is known to the index, or never
	// will be. Who is writing is asked before the index is, so that a blob
	// committed in between is found there.
	var idle []blobID
	for _, name := range names {
		if id, ok := parseBlobName(dir, name); ok && !s.writing.has(id) {
			idle = append(idle, id)
		}
	}
	var strays []blobID
	err = s.view(func(tx *bbolt.Tx) error {
		for _, id := range idle {
			known := tx.Bucket(blobsBucket).Get(id[:]) != nil || inGarbage(tx, id)
			if !known {
				strays = append(strays, id)
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, id := range strays {
		if s.reading.has(id) {
			continue
		}
		if err := s.files.Remove(s.blobPath(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return removed, fmt.Errorf("remove blob: %w", err)
		}
		removed++
	}
	return removed, nil
}

func inGarbage(tx *bbolt.Tx, id blobID) bool {
	k, _ := tx.Bucket(garbageBucket).Cursor().Seek(id[:])
	return string(k) == string(id[:])
}
