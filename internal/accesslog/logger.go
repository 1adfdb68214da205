package accesslog

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxKeptBytes bounds what a pooled record or buffer keeps.
	maxKeptBytes = 16 << 10
	// usualBytes is room for the text of nearly every record.
	usualBytes = 768
	// defaultQueue is how many records wait for the writer at most.
	defaultQueue = 16 << 10
	// defaultFlush is how long a record waits at most.
	defaultFlush = 200 * time.Millisecond
)

// Options of a Logger.
type Options struct {
	Queue int           // records that may wait for the writer; 0 = 16,384
	Flush time.Duration // longest wait before a record is written; 0 = 200 ms
	// OnError is told, from the writer's goroutine, of a failed write; may be nil. The
	// records of that write are lost and counted as dropped.
	OnError func(error)
}

// Logger writes records as JSON lines to one destination, and to tails, from one goroutine. Requests hand
// records over without waiting: when the queue is full, records are dropped and counted.
// Safe for concurrent use.
type Logger struct {
	out     io.Writer
	o       Options
	pool    sync.Pool
	dropped atomic.Uint64
	tailed  atomic.Bool // whether there are tails
	tails   tails

	mu    sync.Mutex
	queue []*Record // guarded by mu
	spare []*Record // guarded by mu
	wake  chan struct{}
}

// New returns a Logger that writes to out while Run runs; out may be nil, for tails only.
func New(out io.Writer, o Options) *Logger {
	if o.Queue <= 0 {
		o.Queue = defaultQueue
	}
	if o.Flush <= 0 {
		o.Flush = defaultFlush
	}
	return &Logger{out: out, o: o, wake: make(chan struct{}, 1), tails: tails{ended: make(chan struct{})}, pool: sync.Pool{New: func() any { return &Record{buf: make([]byte, 0, usualBytes)} }}}
}

// Get returns an empty record, to be handed back with Write; nil when nobody wants records now.
func (l *Logger) Get() *Record {
	if l.out == nil && !l.tailed.Load() {
		return nil
	}
	return l.pool.Get().(*Record)
}

// Write hands r over; the caller must not use it afterwards.
func (l *Logger) Write(r *Record) {
	l.mu.Lock()
	if len(l.queue) >= l.o.Queue {
		l.mu.Unlock()
		l.dropped.Add(1)
		l.recycle(r)
		return
	}
	l.queue = append(l.queue, r)
	half := len(l.queue) == l.o.Queue/2
	l.mu.Unlock()
	if half {
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}
}

// Dropped reports how many records were lost to a full queue or a failing destination.
func (l *Logger) Dropped() uint64 { return l.dropped.Load() }

// Run writes queued records until ctx ends, then what is left, and returns nil.
func (l *Logger) Run(ctx context.Context) error {
	tick := time.NewTicker(l.o.Flush)
	defer tick.Stop()
	var buf []byte
	for {
		select {
		case <-ctx.Done():
			l.flush(buf)
			return nil
		case <-tick.C:
		case <-l.wake:
		}
		buf = l.flush(buf)
	}
}

// flush writes all queued records in writes of about 64 KiB, whole lines each, and returns
// its buffer for reuse.
func (l *Logger) flush(buf []byte) []byte {
	l.mu.Lock()
	batch := l.queue
	l.queue, l.spare = l.spare[:0], nil
	l.mu.Unlock()

	lines, following := 0, l.following()
	for i, r := range batch {
		for _, t := range following {
			t.offer(r)
		}
		if l.out != nil {
			buf = append(r.AppendJSON(buf), '\n')
			lines++
		}
		l.recycle(r)
		batch[i] = nil
		if len(buf) >= 64<<10 || i == len(batch)-1 && lines > 0 {
			if _, err := l.out.Write(buf); err != nil {
				l.dropped.Add(uint64(lines))
				if l.o.OnError != nil {
					l.o.OnError(err)
				}
			}
			buf, lines = buf[:0], 0
		}
	}
	l.mu.Lock()
	l.spare = batch[:0]
	l.mu.Unlock()
	return buf
}

func (l *Logger) recycle(r *Record) {
	r.reset()
	l.pool.Put(r)
}
