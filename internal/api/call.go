package api

import (
	"context"
	"net/url"
	"strconv"

	"github.com/warmfront/warmfront/internal/cloudfront"
)

// call is one request: what the wire said, routed.
type call struct {
	ctx       context.Context
	requestID string
	namespace string // of the version the client speaks; answers echo it
	prefix    string // of every path, with the version date
	op        *cloudfront.Operation
	labels    map[string]string // variables of the path
	query     url.Values
	ifMatch   string
	body      []byte
}

// reply is the answer to a successful call. body is nil when there is none.
type reply struct {
	body     any
	etag     string // without quotes
	location string // path after the version date
}

// handler answers one operation.
type handler func(*call) (*reply, error)

func (c *call) id() string { return c.labels["Id"] }

func (c *call) decode(v any) error { return cloudfront.Decode(c.body, c.op.RequestRoot, v) }

const maxItems = 100 // default and most of MaxItems

// page is one page of a list.
type page struct {
	marker   string  // where the page begins, as asked for
	next     *string // where the next one begins; nil on the last page
	maxItems int64
	quantity int64
}

func (p page) truncated() bool { return p.next != nil }

// page reads the paging parameters. More than 100 items are never given; asking for more is
// not an error.
func (c *call) page() (page, error) {
	p := page{marker: c.query.Get("Marker"), maxItems: maxItems}
	if text := c.query.Get("MaxItems"); text != "" {
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil || n < 1 {
			return page{}, cloudfront.Errorf("InvalidArgument", "The parameter MaxItems must be a number from 1 to %d: %q.", maxItems, text)
		}
		p.maxItems = min(n, maxItems)
	}
	return p, nil
}

// filled completes a page with what was found.
func (p page) filled(n int, more bool, last func() string) page {
	p.quantity = int64(n)
	if more && n > 0 {
		p.next = new(last())
	}
	return p
}
