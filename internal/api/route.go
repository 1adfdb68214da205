package api

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
)

// route is one operation with its path taken apart and the handler that answers it.
type route struct {
	op       cloudfront.Operation
	segments []string
	handle   handler
}

// newRoutes pairs the generated table with the handlers. Operations selected by a query flag
// come before those of the same path without one.
func newRoutes(handlers map[string]handler) []route {
	var out []route
	for _, op := range cloudfront.Operations() {
		h, ok := handlers[op.Name]
		if !ok {
			h = unsupported
		}
		out = append(out, route{op: op, segments: strings.Split(op.Path, "/"), handle: h})
	}
	slices.SortStableFunc(out, func(a, b route) int { return cmp.Compare(len(b.op.Flag), len(a.op.Flag)) })
	return out
}

// match compares a request with the route. segments are those of the percent-encoded path
// after the version date. labels holds the decoded values of the path's variables.
func (r *route) match(method string, segments []string, query url.Values) (labels map[string]string, ok bool) {
	if method != r.op.Method || len(segments) != len(r.segments) || !hasFlag(query, r.op.Flag) {
		return nil, false
	}
	labels = map[string]string{}
	for i, want := range r.segments {
		if !strings.HasPrefix(want, "{") {
			if segments[i] != want {
				return nil, false
			}
			continue
		}
		value, err := url.PathUnescape(segments[i])
		if err != nil || value == "" {
			return nil, false
		}
		labels[strings.Trim(want, "{}")] = value
	}
	return labels, true
}

// hasFlag reports whether the query has a flag such as "WithTags" or "Operation=Tag".
func hasFlag(query url.Values, flag string) bool {
	if flag == "" {
		return true
	}
	name, value, hasValue := strings.Cut(flag, "=")
	return query.Has(name) && (!hasValue || query.Get(name) == value)
}

// splitVersion takes the leading version date off a path; any date is accepted, as clients of
// every age speak the same documents. version is "" when there is none.
func splitVersion(path string) (version, rest string) {
	version, rest, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if _, err := time.Parse(time.DateOnly, version); err != nil || !ok || path[0] != '/' {
		return "", ""
	}
	return version, "/" + rest
}
