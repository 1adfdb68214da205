package objects

import (
	"context"
	"fmt"
	"strings"

	"go.etcd.io/bbolt"
)

// query is what the listings have in common.
type query struct {
	prefix    string
	delimiter string
	max       int // entries and common prefixes together
	// after is where to begin: the first index key that may be listed.
	after []byte
	// inside is the key the walk begins in the middle of, if any.
	inside string
}

// newQuery makes a query that begins after an object key, or at the beginning
// if it is empty. Common prefixes that the key itself has are not listed, as
// in S3.
func newQuery(prefix, delimiter, marker string, limit int) query {
	q := query{prefix: prefix, delimiter: delimiter, max: limit}
	q.after = appendEscaped(nil, prefix)
	if marker == "" || marker < prefix {
		return q
	}
	q.after = pastKey(marker)
	if common, ok := commonPrefix(marker, prefix, delimiter); ok {
		q.after = pastPrefix(common)
		if q.after == nil {
			q.max = 0 // nothing sorts after it
		}
	}
	return q
}

// resume makes the query begin within key, after the entry with a suffix,
// unless a common prefix hides the key.
func (q *query) resume(key string, suffix []byte) {
	if _, hidden := commonPrefix(key, q.prefix, q.delimiter); hidden || key < q.prefix {
		return
	}
	q.after = append(indexKey(key, suffix), 0)
	q.inside = key
}

// commonPrefix returns key up to and including the first delimiter after prefix.
func commonPrefix(key, prefix, delimiter string) (string, bool) {
	if delimiter == "" || !strings.HasPrefix(key, prefix) {
		return "", false
	}
	i := strings.Index(key[len(prefix):], delimiter)
	if i < 0 {
		return "", false
	}
	return key[:len(prefix)+i+len(delimiter)], true
}

// entry is one index entry met by a walk. suffix and value alias the index.
type entry struct {
	key    string
	suffix []byte
	value  []byte
	first  bool // the first entry of its key
}

// page is what a walk listed besides the entries it emitted.
type page struct {
	prefixes  []string
	truncated bool
	// last is the last listed key or common prefix; lastSuffix that key's
	// entry, nil after a common prefix.
	last       string
	lastSuffix []byte
}

// lister is what a listing makes of the entries.
type lister interface {
	// visible reports whether an entry counts at all.
	visible(entry) (bool, error)
	// emit lists an entry that is not rolled up into a common prefix.
	emit(entry) error
	// firstOnly reports whether only the first entry of each key counts.
	firstOnly() bool
}

// walk goes through a table's entries in order and lists at most q.max of
// them, rolling keys up into common prefixes. It seeks past what a common
// prefix or an older version hides.
func walk(ctx context.Context, c *bbolt.Cursor, q query, l lister) (page, error) {
	var p page
	if q.max <= 0 {
		return p, nil
	}
	w := walker{c: c, q: q, l: l, page: &p, key: q.inside}
	k, v := c.Seek(q.after)
	for steps := 0; k != nil; steps++ {
		if steps%1024 == 1023 && ctx.Err() != nil {
			return p, ctx.Err()
		}
		key, suffix, ok := splitKey(k)
		if !ok {
			return p, fmt.Errorf("%w: key %x", ErrDamaged, k)
		}
		if !strings.HasPrefix(key, q.prefix) {
			break
		}
		e := entry{key: key, suffix: suffix, value: v, first: key != w.key}
		w.key = key
		more, err := w.step(e)
		if err != nil || !more {
			return p, err
		}
		k, v = w.next(e)
	}
	return p, nil
}

type walker struct {
	c    *bbolt.Cursor
	q    query
	l    lister
	page *page

	listed int
	key    string // of the entry before, at first empty, which no key is
	skipTo []byte // where to seek instead of stepping
}

// step lists one entry; false ends the walk.
func (w *walker) step(e entry) (more bool, err error) {
	w.skipTo = nil
	if w.l.firstOnly() && !e.first {
		w.skipTo = pastKey(e.key)
		return true, nil
	}
	visible, err := w.l.visible(e)
	if err != nil || !visible {
		return true, err
	}
	if w.listed == w.q.max {
		w.page.truncated = true
		return false, nil
	}
	w.listed++
	common, rolled := commonPrefix(e.key, w.q.prefix, w.q.delimiter)
	if rolled {
		w.page.prefixes = append(w.page.prefixes, common)
		w.page.last, w.page.lastSuffix = common, nil
		w.skipTo = pastPrefix(common)
		return w.skipTo != nil, nil // nil: nothing sorts after it
	}
	w.page.last, w.page.lastSuffix = e.key, append([]byte(nil), e.suffix...)
	return true, w.l.emit(e)
}

func (w *walker) next(entry) (k, v []byte) {
	if w.skipTo != nil {
		return w.c.Seek(w.skipTo)
	}
	return w.c.Next()
}
