package objects

import (
	"errors"
	"fmt"
	"sync/atomic"

	"go.etcd.io/bbolt"
)

// maxBatch bounds the changes of one index transaction.
const maxBatch = 256

// errClosed is given to changes submitted while the store closes.
var errClosed = errors.New("object store is closed")

// ErrBroken means that the disk failed while a change was being committed. It
// is unknown whether that change will be found after a restart, and a sync
// that failed once may falsely succeed when repeated, so the store takes no
// more changes until it is opened again. It goes on serving reads.
var ErrBroken = errors.New("object store index could not be written")

// change is one caller's part of an index transaction. apply may run several
// times, always against a state in which its earlier runs left no trace; it
// must only assign to its own variables otherwise.
type change struct {
	apply func(*bbolt.Tx) error
	done  chan error
}

// committer runs changes in index transactions. Changes that arrive while a
// transaction is being synced share the next one, so the number of syncs does
// not grow with the number of writers, and a lone writer never waits for a
// batch to fill (bbolt's own Batch delays it).
type committer struct {
	db      *bbolt.DB
	queue   chan change
	quit    chan struct{}
	stopped chan struct{}
	broken  atomic.Bool // a commit failed
}

func newCommitter(db *bbolt.DB) *committer {
	c := &committer{db: db, queue: make(chan change, maxBatch), quit: make(chan struct{}), stopped: make(chan struct{})}
	go c.run()
	return c
}

// do runs apply in a transaction and returns once that is durable. If apply
// fails, nothing it did remains and its error is returned.
func (c *committer) do(apply func(*bbolt.Tx) error) error {
	ch := change{apply: apply, done: make(chan error, 1)}
	select {
	case c.queue <- ch:
	case <-c.quit:
		return errClosed
	}
	select {
	case err := <-ch.done:
		return storageError(err)
	case <-c.stopped:
		select { // answered just before stopping?
		case err := <-ch.done:
			return storageError(err)
		default:
			return errClosed
		}
	}
}

// close lets queued changes finish and stops.
func (c *committer) close() {
	close(c.quit)
	<-c.stopped
}

func (c *committer) run() {
	defer close(c.stopped)
	for {
		select {
		case first := <-c.queue:
			c.commit(c.gather(first))
		case <-c.quit:
			for len(c.queue) > 0 {
				c.commit(c.gather(<-c.queue))
			}
			return
		}
	}
}

// gather takes what else is waiting.
func (c *committer) gather(first change) []change {
	batch := []change{first}
	for len(batch) < maxBatch {
		select {
		case next := <-c.queue:
			batch = append(batch, next)
		default:
			return batch
		}
	}
	return batch
}

// commit applies a batch in one transaction. A change that fails is taken out
// and run again alone afterwards: what it saw of its neighbours may not have
// been committed.
func (c *committer) commit(batch []change) {
	var alone []change
	for len(batch) > 0 {
		failed := -1
		err := c.update(func(tx *bbolt.Tx) error {
			for i, ch := range batch {
				if err := ch.apply(tx); err != nil {
					failed = i
					return err
				}
			}
			return nil
		})
		if failed >= 0 && len(batch) > 1 {
			alone = append(alone, batch[failed])
			batch = append(batch[:failed:failed], batch[failed+1:]...)
			continue
		}
		for _, ch := range batch {
			ch.done <- err
		}
		break
	}
	for _, ch := range alone {
		ch.done <- c.update(ch.apply)
	}
}

// update runs apply in a transaction and tells its refusal from a failure of
// the index. A full disk is not a failure: bbolt finds that before it changes
// anything committed.
func (c *committer) update(apply func(*bbolt.Tx) error) error {
	if c.broken.Load() {
		return ErrBroken
	}
	var refused error
	err := c.db.Update(func(tx *bbolt.Tx) error {
		refused = apply(tx)
		return refused
	})
	if err == nil || refused != nil || fullDisk(err) != nil {
		return err
	}
	c.broken.Store(true)
	return fmt.Errorf("%w: %w", ErrBroken, err)
}
