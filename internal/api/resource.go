package api

import (
	"context"

	"github.com/warmfront/warmfront/internal/cloudfront"
)

// The functions here turn control's methods into handlers: one for each thing done to every
// kind of resource.

// creating answers Create…: at is the path of the resource made.
func creating[C, R any](create func(context.Context, *C) (R, string, error), at func(R) string) handler {
	return func(c *call) (*reply, error) {
		cfg := new(C)
		if err := c.decode(cfg); err != nil {
			return nil, err
		}
		r, etag, err := create(c.ctx, cfg)
		if err != nil {
			return nil, err
		}
		return &reply{body: r, etag: etag, location: at(r)}, nil
	}
}

// reading answers Get….
func reading[R any](read func(context.Context, string) (R, string, error)) handler {
	return readingPart(read, func(r R) any { return r })
}

// readingPart answers Get…Config: part picks the configuration.
func readingPart[R any](read func(context.Context, string) (R, string, error), part func(R) any) handler {
	return func(c *call) (*reply, error) {
		r, etag, err := read(c.ctx, c.id())
		if err != nil {
			return nil, err
		}
		return &reply{body: part(r), etag: etag}, nil
	}
}

// updating answers Update….
func updating[C, R any](update func(context.Context, string, string, *C) (R, string, error)) handler {
	return func(c *call) (*reply, error) {
		cfg := new(C)
		if err := c.decode(cfg); err != nil {
			return nil, err
		}
		r, etag, err := update(c.ctx, c.id(), c.ifMatch, cfg)
		if err != nil {
			return nil, err
		}
		return &reply{body: r, etag: etag}, nil
	}
}

// deleting answers Delete….
func deleting(remove func(ctx context.Context, id, ifMatch string) error) handler {
	return func(c *call) (*reply, error) {
		if err := remove(c.ctx, c.id(), c.ifMatch); err != nil {
			return nil, err
		}
		return &reply{}, nil
	}
}

// listing answers List…: id names an item for the next marker, shape builds the document.
func listing[T any](list func(context.Context, string, int) ([]T, bool, error), id func(T) string, shape func(page, []T) any) handler {
	return func(c *call) (*reply, error) {
		p, err := c.page()
		if err != nil {
			return nil, err
		}
		items, more, err := list(c.ctx, p.marker, int(p.maxItems))
		if err != nil {
			return nil, err
		}
		if len(items) == 0 {
			items = nil // the list element is left out
		}
		p = p.filled(len(items), more, func() string { return id(items[len(items)-1]) })
		return &reply{body: shape(p, items)}, nil
	}
}

// listingByType answers List…Policies, which the query parameter Type filters.
func listingByType[T any](list func(ctx context.Context, typ, marker string, max int) ([]T, bool, error), id func(T) string, shape func(page, []T) any) handler {
	return func(c *call) (*reply, error) {
		typ := c.query.Get("Type")
		if typ != "" && typ != "managed" && typ != "custom" {
			return nil, cloudfront.Errorf("InvalidArgument", "The parameter Type must be managed or custom: %q.", typ)
		}
		typed := func(ctx context.Context, marker string, max int) ([]T, bool, error) {
			return list(ctx, typ, marker, max)
		}
		return listing(typed, id, shape)(c)
	}
}
