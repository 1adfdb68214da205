package httpcache

import (
	"strings"
	"time"
)

// Seconds is the argument of a directive such as max-age. Set tells an absent
// directive from one that says zero.
type Seconds struct {
	Value time.Duration // never negative; whole seconds
	Set   bool
}

// CacheControl is a parsed Cache-Control response header (RFC 9111, 5.2.2;
// RFC 5861). Repeated directives give the most restrictive reading and
// arguments that cannot be read count as zero, which is stale at once.
type CacheControl struct {
	Present         bool // the header exists, even if empty
	NoStore         bool
	NoCache         bool // without field names
	Private         bool // without field names
	Public          bool
	MustRevalidate  bool
	ProxyRevalidate bool
	MustUnderstand  bool
	NoTransform     bool

	NoCacheFields []string // no-cache="a, b": not to be reused from the store
	PrivateFields []string // private="a, b": not to be stored

	MaxAge               Seconds
	SMaxAge              Seconds
	StaleWhileRevalidate Seconds
	StaleIfError         Seconds
}

// maxSeconds caps arguments: the greatest age CloudFront accepts is 100 years.
const maxSeconds = 100 * 365 * 24 * 60 * 60

// ParseCacheControl reads the values of all Cache-Control lines. It never
// fails: what cannot be understood is read in the way that caches less.
func ParseCacheControl(values []string) CacheControl {
	cc := CacheControl{Present: len(values) > 0}
	for _, v := range values {
		malformed := unbalanced(v)
		if malformed {
			// An open quote hides what follows; read it as if unquoted so
			// that no restriction is lost, and trust no lifetime.
			v = strings.ReplaceAll(v, `"`, "")
		}
		elements([]string{v}, func(e string) { cc.add(e, malformed) })
	}
	return cc
}

// add merges one directive.
func (cc *CacheControl) add(element string, malformed bool) {
	name, arg, hasArg := strings.Cut(element, "=")
	bare := trim(name)
	// White space around "=" is not in the grammar: the directive's meaning
	// is kept, its argument is not trusted.
	if bare != name || (hasArg && trim(arg) != arg) {
		malformed = true
	}
	switch strings.ToLower(bare) {
	case "no-store":
		cc.NoStore = true
	case "no-cache":
		cc.NoCacheFields, cc.NoCache = fieldNames(cc.NoCacheFields, cc.NoCache, arg, hasArg && !malformed)
	case "private":
		cc.PrivateFields, cc.Private = fieldNames(cc.PrivateFields, cc.Private, arg, hasArg && !malformed)
	case "public":
		cc.Public = true
	case "must-revalidate":
		cc.MustRevalidate = true
	case "proxy-revalidate":
		cc.ProxyRevalidate = true
	case "must-understand":
		cc.MustUnderstand = true
	case "no-transform":
		cc.NoTransform = true
	case "max-age":
		cc.MaxAge.lower(arg, malformed)
	case "s-maxage":
		cc.SMaxAge.lower(arg, malformed)
	case "stale-while-revalidate":
		cc.StaleWhileRevalidate.lower(arg, malformed)
	case "stale-if-error":
		cc.StaleIfError.lower(arg, malformed)
	}
}

// lower merges another occurrence: the smaller value wins, unreadable is zero.
func (s *Seconds) lower(arg string, malformed bool) {
	value := time.Duration(0)
	if n, ok := parseSeconds(unquote(arg)); ok && !malformed {
		value = time.Duration(n) * time.Second
	}
	if !s.Set || value < s.Value {
		s.Value = value
	}
	s.Set = true
}

// parseSeconds reads digits only (RFC 9111, 1.2.2), capping large numbers.
func parseSeconds(s string) (int64, bool) {
	if s == "" {
		return 0, false
	}
	var n int64
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		if n <= maxSeconds {
			n = n*10 + int64(s[i]-'0')
		}
	}
	return min(n, maxSeconds), true
}

// fieldNames reads the optional field-name list of no-cache and private; an
// empty or unreadable list counts as the unqualified directive.
func fieldNames(names []string, whole bool, arg string, hasArg bool) ([]string, bool) {
	if !hasArg {
		return names, true
	}
	before := len(names)
	elements([]string{unquote(arg)}, func(e string) {
		if isToken(e) {
			names = append(names, e)
		} else {
			whole = true
		}
	})
	return names, whole || len(names) == before
}

// unquote removes the quotes of a quoted-string and its escapes; other text is
// returned as it is (RFC 9111, 5.2 asks recipients to accept both forms).
func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	s = s[1 : len(s)-1]
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// unbalanced reports whether a quoted string in v is never closed.
func unbalanced(v string) bool {
	quoted := false
	for i := 0; i < len(v); i++ {
		switch {
		case quoted && v[i] == '\\':
			i++
		case v[i] == '"':
			quoted = !quoted
		}
	}
	return quoted
}

// isToken reports whether s is a non-empty token (RFC 9110, 5.6.2).
func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return s != ""
}
