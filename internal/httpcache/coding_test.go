package httpcache

import "testing"

func TestEncoded(t *testing.T) {
	for _, c := range []struct{ etag, want string }{
		{`"x"`, `W/"x"`}, {`W/"x"`, `W/"x"`}, {`x`, ""}, {`"`, ""}, {`W/x`, ""}, {`"a"b"`, ""},
	} {
		h := Encoded(Header{
			{"Content-Type", "text/css"}, {"content-length", "5000"}, {"etag", c.etag}, {"Accept-Ranges", "bytes"}, {"Vary", "Origin"},
		}, "gzip")
		if got := h.Get("ETag"); got != c.want || h.Has("ETag") != (c.want != "") {
			t.Errorf("ETag %q became %q, want %q", c.etag, got, c.want)
		}
		if h.Has("Content-Length") || h.Has("Accept-Ranges") || h.Get("Content-Encoding") != "gzip" || h.Get("Vary") != "Origin, Accept-Encoding" {
			t.Errorf("header %v", h)
		}
	}
}
