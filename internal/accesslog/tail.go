package accesslog

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
)

const (
	// maxTails is how many tails may be open at once.
	maxTails = 16
	// maxWaiting and maxWaitingBytes bound what waits for the reader of one tail.
	maxWaiting      = 1024
	maxWaitingBytes = 1 << 20
)

// ErrTooManyTails says that no further tail may be opened now.
var ErrTooManyTails = errors.New("too many tails are open")

// Filter chooses records; its zero value chooses all. Every member that is set must match.
type Filter struct {
	Distribution string   // id
	Status       []string // three digits, or a class such as 4xx; one must match
	Results      []string // result types; one must match
	Path         string   // a part of the URI stem
}

func (f *Filter) matches(r *Record) bool {
	return (f.Distribution == "" || string(r.bytes(DistributionID)) == f.Distribution) &&
		(len(f.Status) == 0 || f.matchesStatus(r.Status)) &&
		(len(f.Results) == 0 || slices.Contains(f.Results, string(r.bytes(ResultType)))) &&
		(f.Path == "" || strings.Contains(string(r.bytes(URIStem)), f.Path))
}

func (f *Filter) matchesStatus(status int) bool {
	text := strconv.Itoa(status)
	for _, s := range f.Status {
		if s == text || len(s) == 3 && strings.HasSuffix(s, "xx") && text[0] == s[0] {
			return true
		}
	}
	return false
}

// Tail follows the records of a Logger as they are written. Records that its reader does not
// take in time are dropped and counted. Safe for concurrent use.
type Tail struct {
	filter Filter
	ready  chan struct{}

	mu      sync.Mutex
	lines   [][]byte // guarded by mu
	bytes   int      // of lines; guarded by mu
	dropped uint64   // since lines were taken; guarded by mu
}

// Ready has a value when something is to be taken.
func (t *Tail) Ready() <-chan struct{} { return t.ready }

// Take returns the records that wait, as JSON without line ends, and how many were dropped after
// them.
func (t *Tail) Take() (lines [][]byte, dropped uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines, dropped = t.lines, t.dropped
	t.lines, t.bytes, t.dropped = nil, 0, 0
	return lines, dropped
}

func (t *Tail) offer(r *Record) {
	if !t.filter.matches(r) {
		return
	}
	t.mu.Lock()
	if t.dropped > 0 || len(t.lines) >= maxWaiting || t.bytes >= maxWaitingBytes {
		t.dropped++
	} else {
		line := r.AppendJSON(nil)
		t.lines, t.bytes = append(t.lines, line), t.bytes+len(line)
	}
	t.mu.Unlock()
	select {
	case t.ready <- struct{}{}:
	default:
	}
}

// tails are the open tails of a Logger.
type tails struct {
	mu    sync.Mutex
	open  []*Tail       // guarded by mu; replaced, never changed
	ended chan struct{} // closed by End
	once  sync.Once
}

// Tail opens a tail; Untail closes it.
func (l *Logger) Tail(f Filter) (*Tail, error) {
	l.tails.mu.Lock()
	defer l.tails.mu.Unlock()
	if len(l.tails.open) >= maxTails {
		return nil, ErrTooManyTails
	}
	t := &Tail{filter: f, ready: make(chan struct{}, 1)}
	l.tails.open = append(slices.Clone(l.tails.open), t)
	l.tailed.Store(true)
	return t, nil
}

// Untail closes a tail.
func (l *Logger) Untail(t *Tail) {
	l.tails.mu.Lock()
	defer l.tails.mu.Unlock()
	l.tails.open = slices.DeleteFunc(slices.Clone(l.tails.open), func(o *Tail) bool { return o == t })
	l.tailed.Store(len(l.tails.open) > 0)
}

// Ended is closed once the readers of tails are to stop.
func (l *Logger) Ended() <-chan struct{} { return l.tails.ended }

// End asks the readers of all tails to stop, those to come included.
func (l *Logger) End() { l.tails.once.Do(func() { close(l.tails.ended) }) }

// following are the tails open now.
func (l *Logger) following() []*Tail {
	if !l.tailed.Load() {
		return nil
	}
	l.tails.mu.Lock()
	defer l.tails.mu.Unlock()
	return l.tails.open
}
