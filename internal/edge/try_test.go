package edge

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/origin"
)

// TestTryServe: what is in memory and what is refused is answered at once, everything else is
// left alone.
func TestTryServe(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, func(w *world) {
		w.config.CustomErrorResponses = &cloudfront.CustomErrorResponses{Items: []cloudfront.CustomErrorResponse{
			{ErrorCode: 404, ResponsePagePath: ptr("/page.html"), ResponseCode: ptr("200"), ErrorCachingMinTTL: ptr(int64(60))},
		}}
		w.keyPair()
		w.behavior("/private/*").TrustedSigners = self
	})
	w.origin.says(func(r *origin.Request) (*http.Response, error) {
		switch r.Target {
		case "/missing":
			return reply(404, "no such key"), nil
		case "/big":
			return reply(200, strings.Repeat("x", 3<<20), "Cache-Control", "max-age=60"), nil
		}
		return reply(200, "body", "Etag", `"1"`, "Cache-Control", "max-age=60"), nil
	})
	try := func(v *viewer, want bool) *viewer {
		t.Helper()
		v.Header = v.header
		before := w.origin.count()
		if got := w.edge.TryServe(&v.Request, v); got != want || got != (v.status != 0) {
			t.Errorf("%s %s: tried %v with status %d, want %v", v.Method, v.Target, got, v.status, want)
		}
		if w.origin.count() != before {
			t.Errorf("%s %s: asked the origin", v.Method, v.Target)
		}
		return v
	}
	try(get("/x"), false)
	for _, target := range []string{"/x", "/missing", "/big"} {
		w.do(get(target))
	}
	w.settle()
	try(get("/x"), true).expect(t, 200, "Hit", "body")
	try(get("/x").method("HEAD"), true).expect(t, 200, "Hit", "")
	try(get("/x", "If-None-Match", `"1"`), true).expect(t, 304, "Hit", "")
	try(get("/x", "Range", "bytes=1-2"), true).expect(t, 206, "Hit", "od")
	try(get("/private/x"), true)
	try(get("/missing"), false) // the page may have to be fetched
	try(get("/big"), false)     // a stream
	post := get("/x").method("POST")
	post.Body = strings.NewReader("body")
	try(post, false)
	w.do(get("/missing")).expect(t, 200, "Error", "body")
	w.advance(61 * time.Second)
	try(get("/x"), false) // stale
}
