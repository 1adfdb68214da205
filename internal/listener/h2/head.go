package h2

import (
	"strconv"
	"strings"
)

// head is a request's header block, decoded, or its trailers. It implements
// edge.RequestHeader: names are in lower case, in the order received, cookies joined.
type head struct {
	method, scheme, path, authority string

	fields    []field
	seen      uint8 // bits of the pseudo-fields
	size      int   // as HTTP/1.1 would have sent it
	max       int
	length    int64  // of Content-Length; -1: none
	cookies   int    // lines
	regular   bool   // a field that is no pseudo-field has come
	host      bool   // so has Host
	trailers  bool   // pseudo-fields are not allowed
	tooLarge  bool   // what follows is not kept
	malformed string // why, "" if it is not (RFC 9113, 8.1.1)
}

type field struct{ name, value string }

const (
	sawMethod uint8 = 1 << iota
	sawScheme
	sawPath
	sawAuthority
)

// lineBytes is what a request line and a Host field have besides their values.
const lineBytes = len("  HTTP/1.1\r\nHost: \r\n\r\n")

// reset makes h ready for another block.
func (h *head) reset(max int) {
	clear(h.fields)
	*h = head{fields: h.fields[:0], size: lineBytes, max: max, length: -1}
}

// Get implements edge.RequestHeader.
func (h *head) Get(name string) string {
	for i := range h.fields {
		if f := &h.fields[i]; len(f.name) == len(name) && strings.EqualFold(f.name, name) {
			return f.value
		}
	}
	return ""
}

// All implements edge.RequestHeader.
func (h *head) All(yield func(name, value string) bool) {
	for i := range h.fields {
		if !yield(h.fields[i].name, h.fields[i].value) {
			return
		}
	}
}

// add takes a field as decoded. It reports whether more are wanted.
func (h *head) add(name, value string) bool {
	if h.size += len(name) + len(value) + len(": \r\n"); h.size > h.max {
		h.tooLarge = true
		return false
	}
	switch {
	case !validValue(value):
		h.malformed = "field value"
	case len(name) > 0 && name[0] == ':':
		h.size -= len(name) + len(": \r\n")
		if name == ":scheme" {
			h.size -= len(value)
		}
		h.pseudo(name, value)
	case !validName(name):
		h.malformed = "field name"
	default:
		h.regular = true
		h.field(name, value)
	}
	return h.malformed == ""
}

// pseudo takes a pseudo-field (RFC 9113, 8.3).
func (h *head) pseudo(name, value string) {
	var bit uint8
	var to *string
	switch name {
	case ":method":
		bit, to = sawMethod, &h.method
	case ":scheme":
		bit, to = sawScheme, &h.scheme
	case ":path":
		bit, to = sawPath, &h.path
	case ":authority":
		bit, to = sawAuthority, &h.authority
	}
	if to == nil || h.regular || h.trailers || h.seen&bit != 0 {
		h.malformed = "pseudo-header field"
		return
	}
	h.seen |= bit
	*to = value
}

// field takes any other field, after judging those that HTTP/2 has rules for.
func (h *head) field(name, value string) {
	switch name {
	case "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade":
		h.malformed = "connection-specific field" // RFC 9113, 8.2.2
		return
	case "te":
		if value != "trailers" {
			h.malformed = "te"
			return
		}
	case "host":
		if h.host || h.authority != "" && !strings.EqualFold(h.authority, value) {
			h.malformed = "host" // RFC 9113, 8.3.1
			return
		}
		h.host, h.authority = true, value
		return
	case "cookie":
		h.cookies++
	case "content-length":
		n, err := strconv.ParseUint(value, 10, 63)
		if err != nil || h.length >= 0 && h.length != int64(n) || value[0] == '+' {
			h.malformed = "content-length"
			return
		}
		if h.length >= 0 {
			return // the same again
		}
		h.length = int64(n)
	}
	h.fields = append(h.fields, field{name, value})
}

// finish judges the block as a whole and joins its cookies (RFC 9113, 8.2.3).
func (h *head) finish() {
	if h.malformed != "" || h.tooLarge {
		return
	}
	if h.cookies > 1 {
		h.joinCookies()
	}
	switch {
	case h.trailers:
	case h.method == "CONNECT":
		if h.seen != sawMethod|sawAuthority { // RFC 9113, 8.5
			h.malformed = "pseudo-header fields of CONNECT"
		}
	case h.seen&^sawAuthority != sawMethod|sawScheme|sawPath || h.path == "" || !token(h.method):
		h.malformed = "pseudo-header fields"
	}
}

func (h *head) joinCookies() {
	values := make([]string, 0, h.cookies)
	kept, first := h.fields[:0], -1
	for _, f := range h.fields {
		if f.name == "cookie" {
			values = append(values, f.value)
			if first >= 0 {
				continue
			}
			first = len(kept)
		}
		kept = append(kept, f)
	}
	kept[first].value = strings.Join(values, "; ")
	clear(h.fields[len(kept):])
	h.fields = kept
}

// validName reports whether s is a token in lower case (RFC 9113, 8.2.1; RFC 9110, 5.6.2).
func validName(s string) bool {
	for i := range len(s) {
		if !nameBytes[s[i]] {
			return false
		}
	}
	return len(s) > 0
}

// token reports whether s is a token in letters of either case.
func token(s string) bool {
	for i := range len(s) {
		if c := s[i]; !nameBytes[c] && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return len(s) > 0
}

// nameBytes are the characters of a field name.
var nameBytes = func() (t [256]bool) {
	for _, c := range []byte("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz") {
		t[c] = true
	}
	return t
}()

// validValue reports whether s may be a field's value: free of control characters, and of
// blanks at its ends (RFC 9113, 8.2.1; RFC 9110, 5.5).
func validValue(s string) bool {
	if s == "" {
		return true
	}
	for i := 0; i < len(s); i++ {
		for len(s)-i >= 8 && !anyControl(s[i:i+8]) {
			i += 8
		}
		if i == len(s) {
			break
		}
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	first, last := s[0], s[len(s)-1]
	return first != ' ' && first != '\t' && last != ' ' && last != '\t'
}

// anyControl reports whether there is a control character, or a byte that may be taken for
// one, among the eight of s: each byte less 32, or unlike 0x7f less 1, borrows its high bit.
func anyControl(s string) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	v := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	del := v ^ 0x7f*ones
	return ((v-0x20*ones)&^v|(del-ones)&^del)&highs != 0
}
