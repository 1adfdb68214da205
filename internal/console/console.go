// Package console serves the web console at /console/ of the API address: static files, built
// from web/ into this package and embedded. It has no operations of its own; the pages speak
// the signed public APIs from the browser.
package console

import (
	"embed"
	"io/fs"
	"net/http"
	"strings"
)

// Prefix begins the path of every page.
const Prefix = "/console/"

// assets holds dist/, which `make web` makes; a build without it serves the sentence of
// notBuilt instead of pages.
//
//go:embed all:assets
var assets embed.FS

const notBuilt = "console not built: run make web, and build again\n"

// contentSecurityPolicy lets the console load and ask its own address only. Pictures, sound and
// video are previewed from presigned URLs of that address, and from memory (blob:).
const contentSecurityPolicy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; " +
	"object-src 'none'; base-uri 'none'; form-action 'none'; frame-src 'none'; frame-ancestors 'none'"

// New returns the console, as it was built into this program. It answers GET and HEAD below
// Prefix, and is safe for concurrent use.
func New() (http.Handler, error) {
	dist, err := fs.Sub(assets, "assets/dist")
	if err != nil {
		return nil, err
	}
	return newHandler(dist)
}

func newHandler(dist fs.FS) (http.Handler, error) {
	files, err := load(dist)
	if err != nil {
		return nil, err
	}
	return &handler{files}, nil
}

type handler struct{ files map[string]*file }

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secure(w.Header())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	name, ok := strings.CutPrefix(r.URL.Path, Prefix)
	switch {
	case !ok:
		// Relative, so that it also holds behind a proxy that adds a path prefix.
		w.Header().Set("Location", strings.TrimPrefix(Prefix, "/"))
		w.WriteHeader(http.StatusPermanentRedirect)
		return
	case len(h.files) == 0:
		http.Error(w, notBuilt, http.StatusServiceUnavailable)
		return
	case name == "":
		name = "index.html"
	}
	if f := h.files[name]; f != nil {
		f.serve(w, r)
		return
	}
	http.Error(w, "The console has no such page.", http.StatusNotFound)
}

// secure sets what keeps other pages, uploaded ones on the same address included, away from
// the console, and the console away from them.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", contentSecurityPolicy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
}
