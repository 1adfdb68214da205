// Package opsapi is Warmfront's own JSON door, /_warmfront/v1/: what CloudFront's API has no
// words for. The wire format is documented in docs/formats/ops-api.md.
package opsapi

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/control"
	"github.com/warmfront/warmfront/internal/sigv4"
)

// Prefix begins every path of this door.
const Prefix = "/_warmfront/v1/"

// service is the service name in the credential scope of signatures for this door.
const service = "warmfront"

// maxBodyBytes is the largest request body: a public key, or a request to be explained.
const maxBodyBytes = 64 << 10

// Credentials finds the secret of an access key. ok is false for an unknown or inactive key; a
// read-only key may only GET. Safe for concurrent use.
type Credentials interface {
	ByAccessKey(id string) (secret string, readOnly, ok bool)
}

// Options of the door.
type Options struct {
	Credentials Credentials
	Now         func() time.Time // nil means time.Now
	Log         *slog.Logger     // nil means slog.Default
	BasePath    string           // path before Prefix, stripped after verification: "" or "/prefix"
	Explainer   Explainer        // nil: nothing is explained
	Site        func() Site      // nil: the server does not describe itself
}

// New builds the door. Every request must be signed (version 4, service warmfront, any
// region). The handler is safe for concurrent use.
func New(c *control.Control, o Options) http.Handler {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &door{o: o, control: c}
}

type door struct {
	o       Options
	control *control.Control
}

// ServeHTTP answers one request; every answer with a body is JSON.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, answer, err := d.serve(r)
	if err != nil {
		status, answer = d.explain(r, err)
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if answer == nil {
		w.WriteHeader(status)
		return
	}
	body, err := json.Marshal(answer)
	if err != nil {
		d.o.Log.Error("answer not encoded", "path", r.URL.Path, "err", err)
		status, body = http.StatusInternalServerError, []byte(`{"code":"InternalError","message":"The answer could not be encoded."}`)
	}
	h.Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
}

// serve does one request: read, verify, route, call.
func (d *door) serve(r *http.Request) (status int, answer any, err error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBodyBytes+1))
	switch {
	case err != nil:
		return 0, nil, cloudfront.Errorf("InvalidArgument", "The request body could not be read to its end: %w.", err)
	case len(body) > maxBodyBytes:
		return 0, nil, cloudfront.Errorf("RequestEntityTooLarge", "The request body is larger than %d bytes.", maxBodyBytes)
	}
	readOnly, err := d.authenticate(r, body)
	if err != nil {
		return 0, nil, err
	}
	path, ok := strings.CutPrefix(r.URL.EscapedPath(), d.o.BasePath)
	route, args, found := find(r.Method, path)
	if !ok || !found {
		return 0, nil, cloudfront.Errorf("UnknownOperationException", "There is no operation %s %s.", r.Method, r.URL.Path)
	}
	if readOnly && r.Method != http.MethodGet && !route.reads {
		return 0, nil, cloudfront.Errorf("AccessDenied", "This access key is read-only and not authorized to perform: warmfront:%s.", route.name)
	}
	return route.do(&call{ctx: r.Context(), control: d.control, args: args, body: body, explainer: d.o.Explainer, site: d.o.Site})
}

// authenticate verifies the request's version 4 signature over body.
func (d *door) authenticate(r *http.Request, body []byte) (readOnly bool, err error) {
	signed := sigv4.FromHTTP(r)
	auth, err := sigv4.Parse(signed)
	if err != nil {
		return false, err
	}
	if auth.Form != sigv4.HeaderV4 || auth.Service != service {
		return false, cloudfront.Errorf("SignatureDoesNotMatch", "The request must be signed in its Authorization header for the service %q.", service)
	}
	secret, readOnly, ok := d.o.Credentials.ByAccessKey(auth.AccessKeyID)
	if !ok || auth.SessionToken != "" {
		return false, cloudfront.Errorf("InvalidClientTokenId", "The access key is not known.")
	}
	sum := sha256.Sum256(body)
	return readOnly, auth.Verify(signed, secret, hex.EncodeToString(sum[:]), d.o.Now())
}

// problem is the JSON form of an error.
type problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// explain is the answer to a failed request.
func (d *door) explain(r *http.Request, err error) (status int, answer any) {
	if e, ok := errors.AsType[*sigv4.Error](err); ok {
		code := "SignatureDoesNotMatch"
		if e.Kind == sigv4.Missing {
			code = "MissingAuthenticationToken"
		}
		return http.StatusForbidden, problem{code, fmt.Sprintf("The request's signature was refused: %v.", e)}
	}
	if e, ok := errors.AsType[*cloudfront.Error](err); ok {
		if e.Err != nil {
			d.o.Log.Warn("operation refused", "path", r.URL.Path, "code", e.Code, "err", e.Err)
		}
		return e.Status, problem{e.Code, e.Message}
	}
	d.o.Log.Error("operation failed", "path", r.URL.Path, "err", err)
	return http.StatusInternalServerError, problem{"InternalError", "The request could not be carried out; see the server's log."}
}
