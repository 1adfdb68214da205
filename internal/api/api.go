package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/warmfront/warmfront/internal/access"
	"github.com/warmfront/warmfront/internal/cloudfront"
)

// DefaultMaxBodyBytes is the largest request body accepted unless Options say otherwise. It is
// well above the largest distribution AWS accepts.
const DefaultMaxBodyBytes = 1 << 20

// Keys finds the key that a request is signed with; package access has the implementation.
type Keys interface {
	Find(ctx context.Context, id, token string) (*access.Key, error)
}

// Options of the door.
type Options struct {
	Keys         Keys
	Now          func() time.Time // nil means time.Now
	Real         func() time.Time // judges dates in signed headers, which a moved clock must not touch; nil means Now
	Log          *slog.Logger     // nil means slog.Default
	MaxBodyBytes int64            // 0 means DefaultMaxBodyBytes
	BasePath     string           // path before the version date, stripped after verification: "" or "/prefix"
}

// New builds the door. Every request must be signed (version 4, service cloudfront, any
// region). The handler is safe for concurrent use.
func New(control Control, o Options) http.Handler {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Real == nil {
		o.Real = o.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.MaxBodyBytes == 0 {
		o.MaxBodyBytes = DefaultMaxBodyBytes
	}
	return &door{o: o, routes: newRoutes(handlers(control))}
}

type door struct {
	o      Options
	routes []route
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{
		ctx:       r.Context(),
		requestID: cloudfront.NewUUID(rand.Reader),
		namespace: cloudfront.Namespace,
		query:     r.URL.Query(),
		ifMatch:   r.Header.Get("If-Match"),
	}
	answer, err := d.serve(c, r)
	if err != nil {
		d.writeError(w, c, err)
		return
	}
	d.write(w, r, c, answer)
}

// serve does one request: read, verify, route, call.
func (d *door) serve(c *call, r *http.Request) (*reply, error) {
	body, err := d.readBody(r)
	if err != nil {
		return nil, err
	}
	c.body = body
	sum := sha256.Sum256(body)
	key, err := d.authenticate(r, hex.EncodeToString(sum[:]))
	if err != nil {
		return nil, err
	}
	handle, err := d.find(c, r)
	if err != nil {
		return nil, err
	}
	if key.ReadOnly() && !reads(c.op.Name) {
		return nil, cloudfront.Errorf("AccessDenied", "The access key %s is read-only and not authorized to perform: cloudfront:%s.", key.ID, c.op.Name)
	}
	return handle(c)
}

// reads reports whether an operation changes nothing: the actions of AWS's own policy
// CloudFrontReadOnlyAccess.
func reads(operation string) bool {
	return strings.HasPrefix(operation, "Get") || strings.HasPrefix(operation, "List") || strings.HasPrefix(operation, "Describe")
}

func (d *door) readBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, d.o.MaxBodyBytes+1))
	if err != nil {
		return nil, cloudfront.Errorf("IncompleteBody", "The request body could not be read to its end: %w.", err)
	}
	if int64(len(body)) > d.o.MaxBodyBytes {
		return nil, cloudfront.Errorf("RequestEntityTooLarge", "The request body is larger than %d bytes.", d.o.MaxBodyBytes)
	}
	return body, nil
}

// find routes the request: it fills in what the path and query say and gives the handler.
func (d *door) find(c *call, r *http.Request) (handler, error) {
	unknown := cloudfront.Errorf("UnknownOperationException", "No operation of the CloudFront API is %s %s.", r.Method, r.URL.Path)
	path, ok := strings.CutPrefix(r.URL.EscapedPath(), d.o.BasePath)
	if !ok {
		return nil, unknown
	}
	version, path := splitVersion(path)
	if version == "" {
		return nil, unknown
	}
	c.namespace = "http://cloudfront.amazonaws.com/doc/" + version + "/"
	c.prefix = d.o.BasePath + "/" + version
	segments := strings.Split(strings.TrimSuffix(path, "/"), "/")
	for i := range d.routes {
		if labels, ok := d.routes[i].match(r.Method, segments, c.query); ok {
			c.op, c.labels = &d.routes[i].op, labels
			return d.routes[i].handle, nil
		}
	}
	return nil, unknown
}
