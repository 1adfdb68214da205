package signedurl

import (
	"fmt"
	"net/http"
	"strings"
)

// setCookies tells whether a browser that received the Set-Cookie fields would send the cookies
// with this request (RFC 6265bis, sections 5.6 and 5.8).
func (e *explainer) setCookies() {
	if len(e.q.SetCookies) == 0 {
		return
	}
	var set [fieldCount]bool
	for _, line := range e.q.SetCookies {
		c, err := http.ParseSetCookie(line)
		if err != nil {
			continue
		}
		name, ok := strings.CutPrefix(c.Name, "CloudFront-")
		if f := fieldOf(name); ok && f != fieldNone {
			set[f] = true
			e.setCookie(c)
		}
	}
	for _, f := range []field{fieldKeyPairID, fieldSignature} {
		if !set[f] {
			e.find(CauseCookieMissing, "No Set-Cookie field sets CloudFront-"+fieldNames[f]+".", "Set all three cookies: CloudFront-Policy or CloudFront-Expires, CloudFront-Signature and CloudFront-Key-Pair-Id.")
		}
	}
	if !set[fieldPolicy] && !set[fieldExpires] {
		e.find(CauseCookieMissing, "No Set-Cookie field sets CloudFront-Policy or CloudFront-Expires.", "Set all three cookies: CloudFront-Policy or CloudFront-Expires, CloudFront-Signature and CloudFront-Key-Pair-Id.")
	}
}

// setCookie checks the attributes of one cookie.
func (e *explainer) setCookie(c *http.Cookie) {
	u := &e.c.URL
	host, _ := splitPort(u.Host)
	e.cookieDomain(c, host)
	if path := c.Path; strings.HasPrefix(path, "/") && !pathMatch(path, u.Path) {
		e.find(CauseCookiePath, fmt.Sprintf("The cookie has Path=%s, and the request is for %s: browsers do not send it there.", path, u.Path), "Set Path=/, or the directory of what is signed for.")
	}
	if !strings.HasPrefix(c.Path, "/") && e.q.SetFrom != "" {
		from := pathOf(e.q.SetFrom)
		if dir := from[:strings.LastIndexByte(from, '/')+1]; !pathMatch(strings.TrimSuffix(dir, "/")+"/", u.Path) && dir != "/" {
			e.find(CauseCookiePath, "The cookie has no Path, so browsers send it below "+dir+" only, and the request is for "+u.Path+".", "Set Path=/.")
		}
	}
	local := host == "localhost" || strings.HasSuffix(host, ".localhost")
	if c.Secure && u.Scheme == "http" && !local {
		e.find(CauseCookieSecure, "The cookie has Secure, and the request is in clear text: browsers do not send it.", "Ask for https URLs.")
	}
	site := e.q.SetFrom == "" || siteOf(hostOf(e.q.SetFrom)) == siteOf(host)
	switch {
	case c.SameSite == http.SameSiteNoneMode && !c.Secure:
		e.find(CauseCookieSameSite, "The cookie has SameSite=None without Secure: browsers refuse it.", "Set Secure too.")
	case c.SameSite != http.SameSiteNoneMode && !site:
		e.find(CauseCookieSameSite, fmt.Sprintf("The application at %s and %s are different sites: without SameSite=None browsers do not send the cookie with requests its pages make.", hostOf(e.q.SetFrom), host),
			"Set SameSite=None and Secure, or serve the files from a subdomain of the application's site.")
	}
	if c.MaxAge < 0 || !c.Expires.IsZero() && !c.Expires.After(e.q.Now) && c.MaxAge == 0 {
		e.find(CauseCookieLifetime, "The cookie has ended already (Max-Age or Expires): browsers delete it at once.", "Leave Max-Age and Expires out: the policy has an expiry of its own.")
	}
}

// cookieDomain checks that a browser takes the cookie from SetFrom and sends it to host.
func (e *explainer) cookieDomain(c *http.Cookie, host string) {
	domain := strings.ToLower(strings.TrimPrefix(rawDomain(c), "."))
	from := hostOf(e.q.SetFrom)
	const fix = "Give the distribution an alias below the application's own domain, as media.example.com, and set Domain=example.com."
	switch {
	case domain == "" && from != "" && from != host:
		e.find(CauseCookieDomain, fmt.Sprintf("The cookie has no Domain, so browsers send it back to %s only, and the request is for %s.", from, host), fix)
	case domain == "":
	case strings.ContainsAny(domain, "/:"):
		e.find(CauseCookieDomain, fmt.Sprintf("Domain=%s is not a host name: browsers refuse the cookie.", domain), "Name the host alone, without scheme, port and path; Path is an attribute of its own.")
	case domain == "cloudfront.net" || !strings.Contains(domain, ".") && domain != host:
		e.find(CauseCookieDomain, "Domain="+domain+" is a public suffix: browsers refuse cookies for it.", fix)
	case !domainMatch(host, domain):
		e.find(CauseCookieDomain, fmt.Sprintf("The cookie has Domain=%s, and the request is for %s: browsers do not send it there.", domain, host), fix)
	case from != "" && !domainMatch(from, domain):
		e.find(CauseCookieDomain, fmt.Sprintf("%s cannot set cookies for Domain=%s: browsers refuse them.", from, domain), fix)
	}
}

// rawDomain is the Domain attribute, which net/http leaves out when it is not a host name.
func rawDomain(c *http.Cookie) string {
	for part := range strings.SplitSeq(c.Raw, ";") {
		if name, value := cutPair(strings.TrimSpace(part)); strings.EqualFold(name, "domain") {
			return strings.TrimSpace(value)
		}
	}
	return c.Domain
}

func domainMatch(host, domain string) bool {
	return host == domain || strings.HasSuffix(host, "."+domain)
}

// pathMatch is RFC 6265, section 5.1.4.
func pathMatch(cookie, path string) bool {
	return path == cookie || strings.HasPrefix(path, cookie) && (strings.HasSuffix(cookie, "/") || path[len(cookie)] == '/')
}

func hostOf(rawURL string) string {
	if u, err := splitURL(rawURL); err == nil {
		host, _ := splitPort(u.Host)
		return host
	}
	return ""
}

func pathOf(rawURL string) string {
	if u, err := splitURL(rawURL); err == nil {
		return u.Path
	}
	return "/"
}

// siteOf is the registrable domain of a host, near enough: two labels, and three below the
// common suffixes that consist of two.
func siteOf(host string) string {
	labels := strings.Split(host, ".")
	n := min(2, len(labels))
	if len(labels) > 2 {
		top, second := labels[len(labels)-1], labels[len(labels)-2]
		if len(top) == 2 && len(second) <= 3 || second+"."+top == "cloudfront.net" || second+"."+top == "amazonaws.com" {
			n = 3
		}
	}
	return strings.Join(labels[len(labels)-n:], ".")
}
