// Package origin fetches from origins: custom ones over HTTP and HTTPS, S3 buckets in the
// process's own store and in stores elsewhere. It pools connections, keeps CloudFront's
// timeouts and retries, refuses addresses no origin may have, and signs requests to S3.
package origin

import (
	"context"
	"io"
	"net/http"
	"time"
)

// Scheme says how an origin is spoken to.
type Scheme uint8

// Protocol policies of origins. MatchViewer uses the viewer's scheme.
const (
	HTTPOnly Scheme = iota
	HTTPSOnly
	MatchViewer
)

// Signing says who signs requests to an S3 origin.
type Signing uint8

// NoSigning sends requests unsigned; SignAlways overwrites the viewer's Authorization;
// SignNoOverride keeps the viewer's Authorization when there is one.
const (
	NoSigning Signing = iota
	SignAlways
	SignNoOverride
)

// Credentials sign requests to an S3 origin (an identity's, a distribution's or an external
// store's own).
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string
}

// Origin is one origin of a distribution, compiled and immutable.
type Origin struct {
	ID            string
	Domain        string // DomainName as configured, lower case
	Path          string // OriginPath: "" or "/prefix" without trailing slash
	S3            bool   // an S3 REST origin (S3OriginConfig), signed as Signing says
	Bucket        string // of an S3 origin
	Region        string // of an S3 origin; "" = the store's default
	Scheme        Scheme
	HTTPPort      int
	HTTPSPort     int
	Signing       Signing
	Credentials   Credentials
	CustomHeaders []Header

	ConnectTimeout   time.Duration
	ConnectAttempts  int
	ReadTimeout      time.Duration
	KeepAliveTimeout time.Duration
}

// Header is one custom origin header.
type Header struct{ Name, Value string }

// Request is one request for an origin. Target is what follows the authority, without the
// origin path: the viewer's raw path and the query to be sent.
type Request struct {
	Method        string
	Target        string
	Host          string // Host to send; "" = the origin's domain
	ViewerTLS     bool   // for MatchViewer
	Header        http.Header
	Body          io.Reader
	ContentLength int64
}

// Fetcher fetches from origins; *Client is the one implementation.
type Fetcher interface {
	// Fetch sends r to o and returns the response head with its body to be read and closed.
	// Redirects are never followed. Errors are of type *Error.
	Fetch(ctx context.Context, o *Origin, r *Request) (*http.Response, error)
}
