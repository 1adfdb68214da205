package console

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// file is one file in the encodings the build made of it: brotli and gzip for text, identity
// for what is compressed already. Text in identity is made from gzip for the rare client that
// accepts nothing else.
type file struct {
	contentType string
	immutable   bool // named by a hash of its content
	plain       []byte
	gzip        []byte
	brotli      []byte
}

// contentTypes are the types of what the build makes; the system's table is not asked, so that
// every machine answers alike.
var contentTypes = map[string]string{
	".html":  "text/html; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".css":   "text/css; charset=utf-8",
	".svg":   "image/svg+xml",
	".png":   "image/png",
	".json":  "application/json",
	".txt":   "text/plain; charset=utf-8",
	".woff2": "font/woff2",
}

// load reads every file of a build. An absent folder is a console that has not been built.
func load(dist fs.FS) (map[string]*file, error) {
	files := map[string]*file{}
	err := fs.WalkDir(dist, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(dist, name)
		if err != nil {
			return err
		}
		base, coding := name, path.Ext(name)
		if coding == ".br" || coding == ".gz" {
			base = strings.TrimSuffix(name, coding)
		}
		f := files[base]
		if f == nil {
			contentType, known := contentTypes[path.Ext(base)]
			if !known {
				return fmt.Errorf("console: %s has no content type", base)
			}
			f = &file{contentType: contentType, immutable: strings.HasPrefix(base, "assets/")}
			files[base] = f
		}
		switch coding {
		case ".br":
			f.brotli = data
		case ".gz":
			f.gzip = data
		default:
			f.plain = data
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return files, err
}

// serve answers GET and HEAD in the best encoding the request accepts.
func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	if f.immutable {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body := f.plain
	if body == nil {
		h.Set("Vary", "Accept-Encoding")
		var err error
		if body, err = f.encode(h, r.Header.Values("Accept-Encoding")); err != nil {
			http.Error(w, "internal error", http.StatusInternalServerError)
			return
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		w.Write(body) //nolint:errcheck // a browser that left
	}
}

// encode picks an encoding, sets its header field and returns the body in it.
func (f *file) encode(h http.Header, accept []string) ([]byte, error) {
	switch {
	case f.brotli != nil && accepts(accept, "br"):
		h.Set("Content-Encoding", "br")
		return f.brotli, nil
	case accepts(accept, "gzip"):
		h.Set("Content-Encoding", "gzip")
		return f.gzip, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(f.gzip))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// accepts reports whether an Accept-Encoding field names coding with a weight above zero
// (RFC 9110, 12.5.3). "*" is not looked at: identity is always right.
func accepts(fields []string, coding string) bool {
	for item := range strings.SplitSeq(strings.Join(fields, ","), ",") {
		name, params, _ := strings.Cut(item, ";")
		if !strings.EqualFold(strings.TrimSpace(name), coding) {
			continue
		}
		q, weighted := strings.CutPrefix(strings.ToLower(strings.TrimSpace(params)), "q=")
		weight, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
		return !weighted || err == nil && weight > 0
	}
	return false
}
