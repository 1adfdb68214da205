package edge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/httpcache"
	"github.com/warmfront/warmfront/internal/snapshot"
)

// stream returns a reader of bytes first..last of o (last -1: to the end), which may still be
// arriving. Of a body too large to keep, a slow viewer can fall behind what is held: then the
// rest is fetched for it alone, if a strong entity tag tells that it is the same.
func (x *exchange) stream(o *cachestore.Object, first, last int64) io.ReadCloser {
	r := o.Reader(x.e.ctx, first, last)
	h, length := o.Head(), o.Length()
	if o.Complete() || length < 0 || h.Encoding != "" || !httpcache.IsStrongETag(h.Validators.ETag) {
		return r
	}
	if last < 0 {
		last = length - 1
	}
	return &resumable{Reader: r, e: x.e, behavior: x.behavior, req: x.originRequest(true), etag: h.Validators.ETag, last: last, length: length}
}

// resumable reads a stored body and, where that has moved on without it, the rest from the
// origin. It is an io.WriterTo as the reader of the store is.
type resumable struct {
	*cachestore.Reader
	e            *Edge
	behavior     *snapshot.Behavior
	req          *upstream
	etag         string
	last, length int64

	rest   io.ReadCloser // of the origin, once needed
	cancel context.CancelFunc
}

// Read implements io.Reader.
func (r *resumable) Read(p []byte) (int, error) {
	if r.rest != nil {
		return r.rest.Read(p)
	}
	n, err := r.Reader.Read(p)
	if n > 0 || !r.lagging(&err) {
		return n, err
	}
	return r.rest.Read(p)
}

// WriteTo implements io.WriterTo.
func (r *resumable) WriteTo(dst io.Writer) (int64, error) {
	if r.rest != nil {
		return io.Copy(dst, r.rest)
	}
	n, err := r.Reader.WriteTo(dst)
	if !r.lagging(&err) {
		return n, err
	}
	more, err := io.Copy(dst, r.rest)
	return n + more, err
}

// lagging opens the rest when err says that the store's reader fell behind. It replaces err
// when that fails.
func (r *resumable) lagging(err *error) bool {
	lag, ok := errors.AsType[*cachestore.LagError](*err)
	if !ok {
		return false
	}
	*err = r.open(lag.Offset)
	return *err == nil
}

func (r *resumable) open(offset int64) error {
	r.req.Header["Range"] = []string{"bytes=" + strconv.FormatInt(offset, 10) + "-" + strconv.FormatInt(r.last, 10)}
	r.req.Header["If-Match"] = []string{r.etag}
	ctx, cancel := context.WithCancel(r.e.ctx)
	resp, err := r.e.ask(ctx, r.behavior, r.req)
	if err != nil {
		cancel()
		return fmt.Errorf("resume at byte %d: %w", offset, err)
	}
	extent, ok := httpcache.ParseContentRange(resp.Header.Get("Content-Range"))
	if resp.StatusCode != 206 || !ok || extent != (httpcache.Extent{First: offset, Last: r.last, Length: r.length}) || resp.Header.Get("ETag") != r.etag {
		resp.Body.Close()
		cancel()
		return fmt.Errorf("resume at byte %d: the origin answered %d with another representation", offset, resp.StatusCode)
	}
	r.rest, r.cancel = resp.Body, cancel
	return nil
}

// Close implements io.Closer.
func (r *resumable) Close() error {
	err := r.Reader.Close()
	if r.rest != nil {
		err = errors.Join(err, r.rest.Close())
		r.cancel()
	}
	return err
}
