package edge

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/compress"
	"github.com/warmfront/warmfront/internal/httpcache"
)

// store begins to keep a whole response, compressed where the behavior says so.
func (l *fill) store(resp *http.Response, header httpcache.Header, d *httpcache.Decision, now time.Time, cancel context.CancelFunc) outcome {
	head := l.head(resp, header, d, now)
	body := io.Reader(resp.Body)
	if enc := l.coding(head); enc != compress.Identity {
		body = compress.NewReader(body, enc)
		head.Fields, head.Length, head.Encoding = httpcache.Encoded(head.Fields, string(enc)), -1, string(enc)
	}
	describe(head)
	if l.divisible(resp, head) {
		if o, ok := l.assemble(resp, head, 0, cancel); ok {
			return outcome{object: o, result: Miss}
		}
	}
	o := l.to.Start(head)
	l.pump(body, resp, cancel)
	return outcome{object: o, result: Miss}
}

// storePart begins to keep a part of a representation.
func (l *fill) storePart(resp *http.Response, header httpcache.Header, d *httpcache.Decision, now time.Time, cancel context.CancelFunc) outcome {
	extent, ok := httpcache.ParseContentRange(header.Get("Content-Range"))
	if !ok {
		return outcome{alone: true}
	}
	head := l.head(resp, header, d, now)
	head.Status, head.Length, head.Fields = http.StatusOK, extent.Length, head.Fields.Del("Content-Range")
	describe(head)
	if l.completing {
		return l.complete(resp, head, extent, cancel)
	}
	o := l.to.StartPartial(head, extent.First, extent.Last)
	l.pump(resp.Body, resp, cancel)
	return outcome{object: o, result: Miss}
}

// complete begins to bring what is missing of a representation stored in part.
func (l *fill) complete(resp *http.Response, head *cachestore.Head, got httpcache.Extent, cancel context.CancelFunc) outcome {
	if got == l.missing && head.Validators.ETag == l.base.Head().Validators.ETag {
		if o, ok := l.assemble(resp, head, got.First, cancel); ok {
			return outcome{object: o, result: Miss}
		}
	}
	l.to.Bypass(0)
	return outcome{alone: true}
}

func (l *fill) head(resp *http.Response, header httpcache.Header, d *httpcache.Decision, now time.Time) *cachestore.Head {
	return &cachestore.Head{
		Status: resp.StatusCode, Fields: l.e.toViewer(header, l.behavior, d.DropFields, now), Length: resp.ContentLength,
		Validators: httpcache.ValidatorsOf(header), Freshness: d.Freshness, Tags: cacheTags(header, l.dist.TagHeader),
	}
}

// coding picks the content coding to store a response in.
func (l *fill) coding(h *cachestore.Head) compress.Encoding {
	if !l.behavior.Compress {
		return compress.Identity
	}
	enc, _ := compress.Choose(l.accepted, &compress.Response{
		Status: h.Status, ContentType: h.Fields.Get("Content-Type"), ContentEncoding: h.Fields.Get("Content-Encoding"),
		CacheControl: h.Fields.Joined("Cache-Control"), ContentLength: h.Length,
	})
	return enc
}

// describe copies from the fields what conditions and ranges are evaluated against.
func describe(h *cachestore.Head) {
	h.ETag, h.LastModified, h.Date = h.Fields.Get("ETag"), h.Fields.Get("Last-Modified"), h.Fields.Get("Date")
}

var pumpBuffers = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// pump brings a body into the store in the background.
func (l *fill) pump(body io.Reader, resp *http.Response, cancel context.CancelFunc) {
	l.pumping = true
	l.e.work.Go(func() {
		defer cancel()
		defer resp.Body.Close()
		if c, ok := body.(*compress.Reader); ok {
			defer c.Close()
		}
		if err := l.copy(body); err != nil {
			l.to.Abort(err)
			return
		}
		if err := l.to.Close(); err != nil {
			l.to.Abort(err)
		}
	})
}

func (l *fill) copy(body io.Reader) error {
	buf := pumpBuffers.Get().(*[64 << 10]byte)
	defer pumpBuffers.Put(buf)
	for {
		n, err := body.Read(buf[:])
		if n > 0 {
			if _, werr := l.to.Write(buf[:n]); werr != nil {
				return werr
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
