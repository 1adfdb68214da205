package endpoint

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"

	"github.com/valyala/fasthttp"
	"github.com/valyala/fasthttp/fasthttpadaptor"
)

// operationsPrefix begins the paths of Warmfront's own operations; no bucket can have its
// name, since bucket names begin with a letter or digit.
const operationsPrefix = "/_warmfront/"

// serve splits requests. A signature's service decides; without one the path does, for the
// four names no bucket may have, and everything else is S3's.
func (s *Server) serve(ctx *fasthttp.RequestCtx) {
	headDone(ctx.Conn())
	if ambiguous(&ctx.Request.Header) {
		plain(ctx, http.StatusBadRequest, "a request with both Content-Length and Transfer-Encoding is refused\n")
		ctx.SetConnectionClose()
		return
	}
	path, ok := s.below(requestPath(ctx))
	if !ok {
		plain(ctx, http.StatusNotFound, "Nothing is served here: this server's base path is "+s.opts.BasePath+"/.\n")
		return
	}
	service := scopeService(ctx)
	switch {
	case service == "cloudfront":
		s.cloudFront(ctx)
	case path == "/metrics" && (service == "warmfront" || service == "" || hasToken(ctx)):
		s.metrics(ctx)
	case service == "warmfront" || strings.HasPrefix(path, operationsPrefix):
		s.operations(ctx)
	case service == "" && s.reserved(ctx, path):
	default:
		s.serveS3(ctx, s.handlers.S3)
	}
}

// below takes the base path off a path; ok is false for one that is not below it.
func (s *Server) below(path string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(path, s.opts.BasePath)
	if ok && rest == "" {
		return "/", true // as SDKs address the root of an endpoint with a path
	}
	return rest, ok && strings.HasPrefix(rest, "/")
}

// hasToken reports whether a request comes with a bearer token, which is never AWS's.
func hasToken(ctx *fasthttp.RequestCtx) bool {
	return bytes.HasPrefix(ctx.Request.Header.Peek("Authorization"), []byte("Bearer "))
}

// ambiguous reports whether a proxy before this server could see another end of the body than
// fasthttp does, and so other requests on the connection (RFC 9112, 6.3 and 11.2).
func ambiguous(h *fasthttp.RequestHeader) bool {
	lengths, codings := 0, 0
	for line := range bytes.SplitSeq(h.RawHeaders(), []byte("\n")) {
		name, _, _ := bytes.Cut(line, []byte(":"))
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			lengths++
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			codings++
		}
	}
	return codings > 1 || codings > 0 && lengths > 0
}

// reserved answers the paths that are neither S3's nor signed.
func (s *Server) reserved(ctx *fasthttp.RequestCtx, path string) bool {
	switch first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/"); first {
	case "healthz":
		plain(ctx, http.StatusOK, "ok\n")
	case "readyz":
		if s.handlers.Ready != nil {
			if err := s.handlers.Ready(); err != nil {
				plain(ctx, http.StatusServiceUnavailable, "not ready: "+err.Error()+"\n")
				return true
			}
		}
		plain(ctx, http.StatusOK, "ready\n")
	case "console":
		s.console(ctx)
	case "metrics":
		plain(ctx, http.StatusNotFound, "The metrics are at "+s.opts.BasePath+"/metrics.\n")
	default:
		return false
	}
	return true
}

func plain(ctx *fasthttp.RequestCtx, status int, text string) {
	ctx.SetStatusCode(status)
	ctx.SetContentType("text/plain; charset=utf-8")
	ctx.Response.Header.Set("Cache-Control", "no-store")
	ctx.SetBodyString(text)
}

// serveS3 is the S3 door; a panic there ends the exchange, not the process.
func (s *Server) serveS3(ctx *fasthttp.RequestCtx, door fasthttp.RequestHandler) {
	defer s.recoverPanic(ctx)
	door(ctx)
}

func (s *Server) recoverPanic(ctx *fasthttp.RequestCtx) {
	if p := recover(); p != nil {
		s.opts.Log.Error("panic while serving the API", "panic", p, "stack", string(debug.Stack()))
		ctx.Response.Reset()
		plain(ctx, http.StatusInternalServerError, "internal error\n")
		ctx.SetConnectionClose()
	}
}

// adapt makes a fasthttp handler of h, with the body limit that fasthttp does not apply to
// streamed bodies.
func (s *Server) adapt(h http.Handler) fasthttp.RequestHandler {
	if h == nil {
		return func(ctx *fasthttp.RequestCtx) { plain(ctx, http.StatusNotFound, "not served here\n") }
	}
	adapted := fasthttpadaptor.NewFastHTTPHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if p := recover(); p != nil {
				s.opts.Log.Error("panic while serving the API", "panic", p, "stack", string(debug.Stack()))
				http.Error(w, "internal error", http.StatusInternalServerError)
			}
		}()
		h.ServeHTTP(w, r)
	}))
	return func(ctx *fasthttp.RequestCtx) {
		// The adaptor would log a target it cannot parse, with the signature in its query.
		if _, err := url.ParseRequestURI(string(ctx.RequestURI())); err != nil {
			plain(ctx, http.StatusBadRequest, "the request target is not a URI\n")
			return
		}
		if err := s.readBody(ctx); err != nil {
			plain(ctx, http.StatusRequestEntityTooLarge, err.Error()+"\n")
			ctx.SetConnectionClose()
			return
		}
		adapted(ctx)
	}
}

// readBody reads a streamed body into memory, up to the limit.
func (s *Server) readBody(ctx *fasthttp.RequestCtx) error {
	stream := ctx.RequestBodyStream()
	if stream == nil {
		return nil
	}
	limit := s.opts.MaxBodyBytes
	if int64(ctx.Request.Header.ContentLength()) > limit {
		return fmt.Errorf("the request body is larger than %d bytes", limit)
	}
	body, err := io.ReadAll(io.LimitReader(stream, limit+1))
	if err != nil {
		return fmt.Errorf("the request body cannot be read")
	}
	if int64(len(body)) > limit {
		return fmt.Errorf("the request body is larger than %d bytes", limit)
	}
	ctx.Request.SetBodyRaw(body)
	return nil
}

// scopeService is the service a request claims to be signed for: the fourth part of its
// credential scope (KEY/DATE/REGION/SERVICE/aws4_request). "" means unsigned, as far as a
// glance tells; the door it leads to verifies.
func scopeService(ctx *fasthttp.RequestCtx) string {
	if auth := ctx.Request.Header.Peek("Authorization"); len(auth) > 0 {
		_, credential, ok := bytes.Cut(auth, []byte("Credential="))
		if !ok {
			return "s3" // version 2, or no AWS signature: S3 has the words for it
		}
		if end := bytes.IndexAny(credential, ", "); end >= 0 {
			credential = credential[:end]
		}
		return serviceOf(string(credential))
	}
	_, query, _ := strings.Cut(string(ctx.Request.Header.RequestURI()), "?")
	for pair := range strings.SplitSeq(query, "&") {
		switch name, value, _ := strings.Cut(pair, "="); name {
		case "X-Amz-Credential":
			credential, err := url.QueryUnescape(value)
			if err != nil {
				return "s3"
			}
			return serviceOf(credential)
		case "X-Amz-Signature", "AWSAccessKeyId", "Signature":
			return "s3"
		}
	}
	return ""
}

func serviceOf(credential string) string {
	parts := strings.Split(credential, "/")
	if len(parts) < 5 || parts[len(parts)-1] != "aws4_request" {
		return "s3"
	}
	return parts[len(parts)-2]
}

// requestPath is the raw path of the request target, without the scheme and authority of an
// absolute form.
func requestPath(ctx *fasthttp.RequestCtx) string {
	path, _, _ := strings.Cut(string(ctx.Request.Header.RequestURI()), "?")
	if !strings.HasPrefix(path, "/") {
		if _, rest, ok := strings.Cut(path, "://"); ok {
			if slash := strings.IndexByte(rest, '/'); slash >= 0 {
				return rest[slash:]
			}
			return "/"
		}
	}
	return path
}
