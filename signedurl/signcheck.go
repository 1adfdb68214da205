package signedurl

import (
	"errors"
	"fmt"
	"strings"
)

// check refuses what could never be admitted, or would say something else than it seems to.
func (s *Signer) check(p Policy) error {
	if s.PrivateKey == nil {
		return errors.New("signedurl: the signer has no private key")
	}
	if _, err := NewPublicKey(s.PrivateKey.Public()); err != nil {
		return err
	}
	if s.KeyID == "" || strings.ContainsFunc(s.KeyID, func(r rune) bool { return !isIDRune(r) }) {
		return fmt.Errorf("signedurl: %q is not a key id", s.KeyID)
	}
	if s.Hash > SHA256 {
		return errors.New("signedurl: the hash must be SHA1 or SHA256")
	}
	for _, c := range []byte(p.Resource) {
		if c <= ' ' || c >= 0x7f || c == '"' {
			return fmt.Errorf("signedurl: the resource %q has a quotation mark, a space or a character that must be percent-encoded", p.Resource)
		}
	}
	if _, http := cutProtocol(p.Resource, "http"); !http {
		if _, https := cutProtocol(p.Resource, "https"); !https {
			return fmt.Errorf("signedurl: the resource %q must begin with http://, https://, http*:// or *", p.Resource)
		}
	}
	if p.SourceIP.Addr().Is4In6() {
		return errors.New("signedurl: write the address as IPv4")
	}
	switch expires := p.Expires.Unix(); {
	case p.Expires.IsZero():
		return errors.New("signedurl: an expiry is required")
	case expires < 1 || expires > maxEpoch:
		return errors.New("signedurl: the expiry must lie between 1970 and 19 January 2038")
	}
	if !p.Starts.IsZero() {
		switch starts := p.Starts.Unix(); {
		case starts < 0:
			return errors.New("signedurl: the start must not lie before 1970")
		case starts >= p.Expires.Unix():
			return errors.New("signedurl: the start must lie before the expiry")
		}
	}
	if p.Canned && (!p.Starts.IsZero() || p.SourceIP.IsValid()) {
		return errors.New("signedurl: a canned policy has no start and no address")
	}
	return nil
}

func isIDRune(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_' || r == '.'
}

// splitURL cuts an absolute URL into the parts a viewer sends.
func splitURL(raw string) (URL, error) {
	var u URL
	scheme, rest, ok := strings.Cut(raw, "://")
	u.Scheme = strings.ToLower(scheme)
	if !ok || u.Scheme != "http" && u.Scheme != "https" {
		return u, errors.New("signedurl: the URL must begin with http:// or https://")
	}
	for _, c := range []byte(rest) {
		if c <= ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return u, errors.New("signedurl: the URL has a character that must be percent-encoded")
		}
	}
	if strings.IndexByte(rest, '#') >= 0 {
		return u, errors.New("signedurl: the URL must not have a fragment")
	}
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	u.Host = strings.ToLower(rest[:end])
	if u.Scheme == "https" {
		u.Host = strings.TrimSuffix(u.Host, ":443")
	} else {
		u.Host = strings.TrimSuffix(u.Host, ":80")
	}
	if u.Host == "" || strings.IndexByte(u.Host, '@') >= 0 {
		return u, errors.New("signedurl: the URL must have a host and no user name")
	}
	u.Path, u.Query, _ = strings.Cut(rest[end:], "?")
	if u.Path == "" {
		u.Path = "/"
	}
	return u, nil
}
