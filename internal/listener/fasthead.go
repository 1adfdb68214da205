package listener

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// plainHead parses the head at the start of b if it is one of the plain ones that nearly all
// requests for cached objects have: GET or HEAD of an origin-form target in HTTP/1.1, one Host,
// no body, no wish about the connection but to keep it, and only bytes about which no two
// servers disagree. It returns the head's length; 0 means that the head is another, or not
// whole, and is for exchange.readHead to judge. index and target alias b.
func plainHead(b []byte, index *headIndex) (n int, method, target string) {
	line, n := crlfLine(b, 0)
	if line, ok := bytes.CutSuffix(line, []byte(" HTTP/1.1")); ok {
		switch {
		case bytes.HasPrefix(line, []byte("GET /")):
			method, target = "GET", alias(line[len("GET "):])
		case bytes.HasPrefix(line, []byte("HEAD /")):
			method, target = "HEAD", alias(line[len("HEAD "):])
		}
	}
	if target == "" || !visible(target) {
		return 0, "", ""
	}
	index.fields, index.lengths, index.codings = index.fields[:0], 0, 0
	hosts := 0
	for {
		line, n = crlfLine(b, n)
		switch {
		case line == nil:
			return 0, "", ""
		case len(line) == 0:
			if hosts != 1 {
				return 0, "", ""
			}
			return n, method, target
		}
		host, ok := index.addPlain(line)
		if !ok {
			return 0, "", ""
		}
		hosts += host
	}
}

// crlfLine returns the line that begins at b[at:], without its CRLF, and where the next begins;
// nil when there is none.
func crlfLine(b []byte, at int) ([]byte, int) {
	end := bytes.IndexByte(b[at:], '\n')
	if end < 1 || b[at+end-1] != '\r' {
		return nil, 0
	}
	return b[at : at+end-1 : at+end-1], at + end + 1
}

// addPlain indexes a field line and reports whether it is a Host, and whether it may be part of
// a plain head.
func (h *headIndex) addPlain(line []byte) (host int, ok bool) {
	colon := bytes.IndexByte(line, ':')
	if colon < 1 || !token(line[:colon]) {
		return 0, false
	}
	value := line[colon+1:]
	for len(value) > 0 && value[0] == ' ' {
		value = value[1:]
	}
	for len(value) > 0 && value[len(value)-1] == ' ' {
		value = value[:len(value)-1]
	}
	f := headField{name: alias(line[:colon]), value: alias(value)}
	if !text(f.value) {
		return 0, false
	}
	switch len(f.name) {
	case len("Host"):
		if strings.EqualFold(f.name, "Host") {
			host = 1
			ok = len(f.value) > 0 && validHost(f.value)
			h.fields = append(h.fields, f)
			return host, ok
		}
	case len("Connection"):
		if strings.EqualFold(f.name, "Connection") && !strings.EqualFold(f.value, "keep-alive") {
			return 0, false
		}
	case len("Expect"), len("Upgrade"), len("Content-Length"), len("Transfer-Encoding"):
		for _, name := range [...]string{"Expect", "Upgrade", "Content-Length", "Transfer-Encoding"} {
			if strings.EqualFold(f.name, name) {
				return 0, false
			}
		}
	}
	h.fields = append(h.fields, f)
	return 0, true
}

// Eight bytes at a time: a byte of x is beyond '~' or below a bound exactly when one of these
// sums has its highest bit set, as long as no lower byte was, which is all that is asked.
const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// visible reports whether s is made of '!' to '~' only.
func visible(s string) bool { return within(s, '!') }

// text reports whether s is made of ' ' to '~' only.
func text(s string) bool { return within(s, ' ') }

func within(s string, least byte) bool {
	b := bytesOf(s)
	for below := ones * uint64(least); len(b) >= 8; b = b[8:] {
		x := binary.LittleEndian.Uint64(b)
		if (x|(x+ones)|(x-below))&highs != 0 {
			return false
		}
	}
	for _, c := range b {
		if c < least || c > '~' {
			return false
		}
	}
	return true
}
