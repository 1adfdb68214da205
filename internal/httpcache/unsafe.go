package httpcache

import (
	"net/url"
	"strings"
)

// IsSafe reports whether a method promises to change nothing (RFC 9110, 9.2.1).
func IsSafe(method string) bool {
	switch method {
	case "GET", "HEAD", "OPTIONS", "TRACE":
		return true
	}
	return false
}

// Invalidates reports whether an answer makes stored responses for the request's target
// doubtful: a non-error answer to an unsafe method (RFC 9111, 4.4).
func Invalidates(method string, status int) bool {
	return !IsSafe(method) && status >= 200 && status < 400
}

// InvalidatedTargets returns the targets besides its own that an answer to an unsafe request
// invalidates: those that Location and Content-Location name, if they are of the same origin.
// base is the request's target in origin form; hosts are the names, with port if any, that the
// origin goes by.
func InvalidatedTargets(base string, h Header, hosts ...string) []string {
	var targets []string
	from, err := url.ParseRequestURI(base)
	if err != nil {
		return nil
	}
	for _, name := range [...]string{"Location", "Content-Location"} {
		value := h.Get(name)
		if value == "" {
			continue
		}
		ref, err := url.Parse(value)
		if err != nil || (ref.Host != "" && !containsFold(hosts, ref.Host)) {
			continue
		}
		to := from.ResolveReference(ref)
		target := to.EscapedPath()
		if to.RawQuery != "" {
			target += "?" + to.RawQuery
		}
		if strings.HasPrefix(target, "/") {
			targets = append(targets, target)
		}
	}
	return targets
}
