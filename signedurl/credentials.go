package signedurl

import (
	"fmt"
	"strings"
)

// Source is where a request carries its signature.
type Source uint8

const (
	// FromQuery: a signed URL.
	FromQuery Source = iota + 1
	// FromCookies: signed cookies.
	FromCookies
)

// field is one of the five reserved names, in query and (prefixed "CloudFront-") in cookies.
type field uint8

const (
	fieldExpires field = iota
	fieldPolicy
	fieldSignature
	fieldKeyPairID
	fieldHash
	fieldCount
	fieldNone = fieldCount
)

// fieldOf returns the field a name stands for. Names are case-sensitive.
func fieldOf(name string) field {
	switch name {
	case "Expires":
		return fieldExpires
	case "Policy":
		return fieldPolicy
	case "Signature":
		return fieldSignature
	case "Key-Pair-Id":
		return fieldKeyPairID
	case "Hash-Algorithm":
		return fieldHash
	}
	return fieldNone
}

// Credentials is a signature as found in a request: nothing in it has been verified.
type Credentials struct {
	// Source is FromQuery as soon as the query holds a reserved name; cookies are then ignored.
	Source Source
	// KeyPairID names the key that is said to have signed.
	KeyPairID string
	// URL is what the request asks for.
	URL URL

	fields [fieldCount]string
	seen   uint8 // bit per field; the first occurrence counts
}

// Parse finds the signature of a request. Its only refusal is MissingKey. The Credentials are
// filled in as far as possible even then, so that URL can be used for requests that need no
// signature.
func Parse(r *Request) (Credentials, error) {
	c := Credentials{Source: FromCookies}
	query, signed := c.scanQuery(r.RawQuery)
	c.URL = URL{Scheme: r.Scheme, Host: r.Host, AltHost: withoutOwnPort(r.Host, r.OwnPorts), Path: r.Path, Query: query}
	if signed {
		c.Source = FromQuery
	} else {
		c.scanCookies(r.Cookie)
	}
	c.KeyPairID = percentDecode(c.fields[fieldKeyPairID])
	if c.KeyPairID == "" {
		return c, refuse(MissingKey)
	}
	return c, nil
}

// StripQuery removes the reserved parameters from a raw query, wherever they stand, and keeps
// every other byte in order. signed reports whether there were any.
func StripQuery(raw string) (rest string, signed bool) {
	var c Credentials
	return c.scanQuery(raw)
}

// SignedQuery is the signature as query parameters, wherever it was found: what to add to another
// URL that the same policy covers. It has no leading "?" or "&".
func (c *Credentials) SignedQuery() string {
	var b strings.Builder
	for f := range fieldCount {
		if c.seen&(1<<f) == 0 {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(fieldNames[f] + "=")
		for i := range len(c.fields[f]) {
			if ch := c.fields[f][i]; isUnreserved(ch) || ch == '%' {
				b.WriteByte(ch)
			} else {
				fmt.Fprintf(&b, "%%%02X", ch)
			}
		}
	}
	return b.String()
}

// isUnreserved holds for the characters that stand for themselves in a query (RFC 3986, 2.3).
func isUnreserved(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || strings.IndexByte("-._~", c) >= 0
}

func (c *Credentials) set(f field, value string) {
	if bit := uint8(1) << f; c.seen&bit == 0 {
		c.seen |= bit
		c.fields[f] = value
	}
}

// scanQuery collects the reserved parameters of a raw query and returns what is left of it.
func (c *Credentials) scanQuery(raw string) (rest string, signed bool) {
	// The parameters that stay nearly always lie together: rest is then a part of raw.
	start, end, runs, inRun := 0, 0, 0, false
	for pos := 0; pos <= len(raw) && raw != ""; { // what follows a last "&" is a parameter too
		next := len(raw)
		if i := strings.IndexByte(raw[pos:], '&'); i >= 0 {
			next = pos + i
		}
		name, value := cutPair(raw[pos:next])
		if f := fieldOf(name); f != fieldNone {
			c.set(f, value)
			signed, inRun = true, false
		} else {
			if !inRun {
				if runs++; runs == 1 {
					start = pos
				}
				inRun = true
			}
			end = next
		}
		pos = next + 1
	}
	switch {
	case !signed:
		return raw, false
	case runs == 0:
		return "", true
	case runs == 1:
		return raw[start:end], true
	}
	return joinUnreserved(raw), true
}

// joinUnreserved is the slow way, for reserved parameters amid the viewer's own.
func joinUnreserved(raw string) string {
	var b strings.Builder
	b.Grow(len(raw))
	first := true
	for part := range strings.SplitSeq(raw, "&") {
		if name, _ := cutPair(part); fieldOf(name) != fieldNone {
			continue
		}
		if !first {
			b.WriteByte('&')
		}
		b.WriteString(part)
		first = false
	}
	return b.String()
}

// scanCookies collects the CloudFront-* cookies of a Cookie header (RFC 6265, section 4.2.1).
func (c *Credentials) scanCookies(header string) {
	const prefix = "CloudFront-"
	for header != "" {
		var pair string
		pair, header, _ = strings.Cut(header, ";")
		pair = strings.Trim(pair, " \t")
		if !strings.HasPrefix(pair, prefix) {
			continue
		}
		name, value := cutPair(pair[len(prefix):])
		if f := fieldOf(name); f != fieldNone {
			if n := len(value); n >= 2 && value[0] == '"' && value[n-1] == '"' {
				value = value[1 : n-1]
			}
			c.set(f, value)
		}
	}
}

func cutPair(s string) (name, value string) {
	if i := strings.IndexByte(s, '='); i >= 0 {
		return s[:i], s[i+1:]
	}
	return s, ""
}
