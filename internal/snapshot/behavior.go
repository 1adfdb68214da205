package snapshot

import (
	"slices"
	"time"

	"github.com/warmfront/warmfront/internal/origin"
	"github.com/warmfront/warmfront/signedurl"
)

// Distribution is one compiled distribution.
type Distribution struct {
	ID                string
	Domain            string
	Enabled           bool
	DefaultRootObject string
	TagHeader         string // field of origins' responses that lists cache tags, "" for none
	HTTP2, HTTP3      bool
	// Via is the pseudonym of this edge for this distribution, as Via names it:
	// "<32 hex digits>.cloudfront.net". Seeing it in a request means the request has been here.
	Via      string
	ViaField string // as answers carry it

	Behaviors []*Behavior // in order of precedence, the default behavior last
	errors    map[int]*ErrorResponse

	guarded  bool      // some behavior is restricted and not all are alike: spellings matter
	identity *Identity // at the S3 store, nil while disabled
	stamp    []int64   // revisions of everything this was compiled from
}

// ViaField is the Via field of answers of an edge by that name.
func ViaField(name string) string { return "1.1 " + name + " (CloudFront)" }

// ErrorResponse is a custom error response.
type ErrorResponse struct {
	CachingMinTTL time.Duration
	Page          string // path of the page, "" to keep the origin's answer
	Status        int    // status to answer with, when Page is set
}

// ErrorResponse returns what is configured for an error status, nil for nothing.
func (d *Distribution) ErrorResponse(status int) *ErrorResponse { return d.errors[status] }

// Behavior is one compiled cache behavior.
type Behavior struct {
	Pattern  string // as configured, "*" for the default behavior
	Protocol ProtocolPolicy
	Allowed  Methods
	Cached   Methods

	// Restricted behaviors admit only requests signed with one of Keys, by key id.
	Restricted bool
	Keys       map[string]*signedurl.PublicKey

	Origin *origin.Origin
	// Failover is set when the target is an origin group, whose primary origin Origin is.
	Failover *Failover
	Recipe   Recipe
	// Headers is what is done to the header of every answer; nil for nothing.
	Headers *ResponseHeaders

	MinTTL, DefaultTTL, MaxTTL time.Duration
	// Compress lets the edge compress; the codings are the recipe's.
	Compress bool

	match pattern
}

// Failover is the secondary half of an origin group.
type Failover struct {
	Origin   *origin.Origin
	statuses []int64
}

// On reports whether the primary origin's answering with a status is a failure.
func (f *Failover) On(status int) bool { return slices.Contains(f.statuses, int64(status)) }

// ProtocolPolicy is a viewer protocol policy.
type ProtocolPolicy uint8

// The viewer protocol policies.
const (
	AllowAll ProtocolPolicy = iota
	HTTPSOnly
	RedirectToHTTPS
)

// Methods is a set of HTTP methods.
type Methods uint8

// The methods CloudFront knows.
const (
	GET Methods = 1 << iota
	HEAD
	OPTIONS
	PUT
	POST
	PATCH
	DELETE
)

// MethodOf returns the set that holds only the named method, empty for one CloudFront does
// not know. Names are case-sensitive.
func MethodOf(name string) Methods {
	switch name {
	case "GET":
		return GET
	case "HEAD":
		return HEAD
	case "OPTIONS":
		return OPTIONS
	case "PUT":
		return PUT
	case "POST":
		return POST
	case "PATCH":
		return PATCH
	case "DELETE":
		return DELETE
	}
	return 0
}

// Has reports whether m holds every method of o, and o is not empty.
func (m Methods) Has(o Methods) bool { return o != 0 && m&o == o }

// Select returns the behavior that serves a raw path, by its normal form, and further
// restricted behaviors that another reading of the path selects: each of them has to admit
// the request as well. also is nil for nearly every path.
func (d *Distribution) Select(path string) (b *Behavior, also []*Behavior) {
	b = d.behavior(Normalize(path))
	if !d.guarded {
		return b, nil
	}
	if path == "/" && d.DefaultRootObject != "" {
		also = d.also(b, also, path+d.DefaultRootObject)
	}
	if isPlain(path) {
		return b, also
	}
	found, all := readings(path)
	for _, r := range found {
		also = d.also(b, also, r)
	}
	if !all {
		for _, o := range d.Behaviors {
			also = alsoIf(b, also, o)
		}
	}
	return b, also
}

func (d *Distribution) also(b *Behavior, also []*Behavior, reading string) []*Behavior {
	return alsoIf(b, also, d.behavior(reading))
}

func alsoIf(b *Behavior, also []*Behavior, o *Behavior) []*Behavior {
	if o == b || !o.Restricted || slices.Contains(also, o) {
		return also
	}
	return append(also, o)
}

// behavior is the first whose pattern matches a path as it stands.
func (d *Distribution) behavior(path string) *Behavior {
	last := len(d.Behaviors) - 1
	for _, b := range d.Behaviors[:last] {
		if b.match.match(path) {
			return b
		}
	}
	return d.Behaviors[last]
}
