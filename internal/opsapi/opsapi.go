// Package opsapi is Warmfront's own JSON door, /_warmfront/v1/: what CloudFront's API has no
// words for. The wire format is documented in docs/formats/ops-api.md.
package opsapi

import (
	"context"
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

	"github.com/warmfront/warmfront/internal/access"
	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/control"
	"github.com/warmfront/warmfront/internal/sigv4"
	"github.com/warmfront/warmfront/internal/state"
)

// Prefix begins every path of this door.
const Prefix = "/_warmfront/v1/"

// service is the service name in the credential scope of signatures for this door.
const service = "warmfront"

// maxBodyBytes is the largest request body: a public key, or a request to be explained.
const maxBodyBytes = 64 << 10

// Keys finds and makes keys; package access has the implementation.
type Keys interface {
	Find(ctx context.Context, id, token string) (*access.Key, error)
	NewSession(maker *access.Key, role state.Role, d time.Duration) (*access.Session, error)
}

// Options of the door.
type Options struct {
	Keys      Keys
	RootKeyID func() string // shown among the access keys
	// RotateRoot replaces the root key id, which is admitted for grace more; access.ErrUnknown when
	// it is the root key no more. nil: it cannot be rotated.
	RotateRoot func(ctx context.Context, id string, grace time.Duration) (newID, secret string, err error)
	Now        func() time.Time // nil means time.Now
	Real       func() time.Time // judges dates in signed headers, which a moved clock must not touch; nil means Now
	Log        *slog.Logger     // nil means slog.Default
	BasePath   string           // path before Prefix, stripped after verification: "" or "/prefix"
	Explainer  Explainer        // nil: nothing is explained
	Clock      Clock            // nil: the clock is the real one
	Site       func() Site      // nil: the server does not describe itself
	Edge       *Edge            // nil: nothing is observed
}

// New builds the door. Every request but one (ExchangeConsoleLink) must be signed (version 4,
// service warmfront, any region). The handler is safe for concurrent use.
func New(c *control.Control, o Options) http.Handler { return newDoor(c, o) }

func newDoor(c *control.Control, o Options) *door {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Real == nil {
		o.Real = o.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &door{o: o, control: c}
}

type door struct {
	o       Options
	control *control.Control
	tries   tries // of what is not signed
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
	if s, ok := answer.(stream); ok {
		s(w)
		return
	}
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
	path, ok := strings.CutPrefix(r.URL.EscapedPath(), d.o.BasePath)
	route, args, found := find(r.Method, path)
	c := &call{ctx: r.Context(), door: d, control: d.control, args: args, body: body, query: r.URL.Query(), explainer: d.o.Explainer, site: d.o.Site}
	if !found || !route.unsigned {
		if c.caller, err = d.authenticate(r, body); err != nil {
			return 0, nil, err
		}
		c.token = sessionToken(r)
	}
	if !ok || !found {
		return 0, nil, cloudfront.Errorf("UnknownOperationException", "There is no operation %s %s.", r.Method, r.URL.Path)
	}
	if !route.unsigned && c.caller.ReadOnly() && r.Method != http.MethodGet && !route.reads {
		return 0, nil, cloudfront.Errorf("AccessDenied", "The access key %s is read-only and not authorized to perform: warmfront:%s.", c.caller.ID, route.name)
	}
	if route.unsigned && !d.tries.allow(r.RemoteAddr, d.o.Real()) {
		return 0, nil, &cloudfront.Error{Code: "TooManyRequests", Status: http.StatusTooManyRequests, Message: "Too many tries from this address: wait ten seconds."}
	}
	return route.do(c)
}

// authenticate verifies the request's version 4 signature over body.
func (d *door) authenticate(r *http.Request, body []byte) (*access.Key, error) {
	signed := sigv4.FromHTTP(r)
	auth, err := sigv4.Parse(signed)
	if err != nil {
		return nil, err
	}
	if auth.Form != sigv4.HeaderV4 && auth.Form != sigv4.QueryV4 || auth.Service != service {
		return nil, cloudfront.Errorf("SignatureDoesNotMatch", "The request must be signed with version 4 for the service %q.", service)
	}
	key, err := d.findKey(r.Context(), auth.AccessKeyID, auth.SessionToken)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	now := d.o.Now
	if auth.Form == sigv4.HeaderV4 {
		now = d.o.Real
	}
	return key, auth.Verify(signed, key.Secret, hex.EncodeToString(sum[:]), now())
}

// sessionToken is the token that came with a verified request, "" when none did.
func sessionToken(r *http.Request) string {
	auth, err := sigv4.Parse(sigv4.FromHTTP(r))
	if err != nil {
		return ""
	}
	return auth.SessionToken
}

// findKey finds an admitted key, or says in the door's words why it is not.
func (d *door) findKey(ctx context.Context, id, token string) (*access.Key, error) {
	key, err := d.o.Keys.Find(ctx, id, token)
	switch {
	case errors.Is(err, access.ErrUnknown), errors.Is(err, access.ErrToken):
		return nil, cloudfront.Errorf("InvalidClientTokenId", "The access key cannot be used: %v.", err)
	case errors.Is(err, access.ErrExpired):
		return nil, cloudfront.Errorf("ExpiredToken", "The session of this temporary key has expired.")
	case errors.Is(err, state.ErrUnavailable):
		return nil, cloudfront.Errorf("ServiceUnavailable", "The state, where access keys are kept, is not available; try again: %w", err)
	}
	return key, err
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
