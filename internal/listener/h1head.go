package listener

import (
	"bytes"
	"strings"
)

// headIndex lists the field lines of a head as they were received. It implements
// edge.RequestHeader over fasthttp's copy of the raw block, whose names and values fasthttp
// has validated; what fasthttp tolerates beyond RFC 9112 is refused here.
type headIndex struct {
	fields           []headField
	lengths, codings int // of Content-Length and Transfer-Encoding
}

type headField struct{ name, value string }

// Get implements edge.RequestHeader.
func (h *headIndex) Get(name string) string {
	for i := range h.fields {
		if f := &h.fields[i]; len(f.name) == len(name) && strings.EqualFold(f.name, name) {
			return f.value
		}
	}
	return ""
}

// All implements edge.RequestHeader.
func (h *headIndex) All(yield func(name, value string) bool) {
	for _, f := range h.fields {
		if !yield(f.name, f.value) {
			return
		}
	}
}

// read indexes raw, the field lines with the empty line that ends them. It returns false on
// a line that ends in a bare LF, continues the one before (obs-fold), or has a name that is
// no token: other servers read those differently.
func (h *headIndex) read(raw []byte) bool {
	h.fields, h.lengths, h.codings = h.fields[:0], 0, 0
	for len(raw) > 0 {
		end := bytes.IndexByte(raw, '\n')
		if end < 1 || raw[end-1] != '\r' {
			return false
		}
		line := raw[:end-1]
		raw = raw[end+1:]
		if len(line) == 0 {
			return len(raw) == 0
		}
		colon := bytes.IndexByte(line, ':')
		if colon < 1 || !token(line[:colon]) {
			return false
		}
		f := headField{name: alias(line[:colon]), value: alias(bytes.Trim(line[colon+1:], " \t"))}
		switch {
		case len(f.name) == len("Content-Length") && strings.EqualFold(f.name, "Content-Length"):
			h.lengths++
		case len(f.name) == len("Transfer-Encoding") && strings.EqualFold(f.name, "Transfer-Encoding"):
			h.codings++
		}
		h.fields = append(h.fields, f)
	}
	return true
}

// tokenByte marks the bytes of tokens (RFC 9110, 5.6.2).
var tokenByte = func() (t [256]bool) {
	for _, c := range []byte("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		t[c] = true
	}
	return t
}()

// token reports whether b is a token.
func token(b []byte) bool {
	for _, c := range b {
		if !tokenByte[c] {
			return false
		}
	}
	return len(b) > 0
}
