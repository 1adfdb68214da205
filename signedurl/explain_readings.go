package signedurl

import "strings"

// otherReadings tries what else the request could have meant: the cookies behind the query, the
// last of several values.
func (e *explainer) otherReadings(cookies bool) {
	if e.q.Keys == nil {
		return
	}
	admits := func(r Request) bool {
		_, err := Verify(&r, e.q.Keys, e.q.Viewer, e.q.Now)
		return err == nil
	}
	r := e.q.Request
	if e.c.Source == FromQuery && cookies {
		if r.RawQuery = e.c.URL.Query; admits(r) {
			e.find(CauseCookiesShadowed, "The cookies are good, but a parameter of the query has a reserved name ("+e.usedNames()+"), and then cookies are not looked at.",
				"Call the application's own parameter something else.")
			return
		}
	}
	r = e.q.Request
	r.RawQuery, r.Cookie = backwards(r.RawQuery, "&"), backwards(r.Cookie, ";")
	if (r.RawQuery != e.q.Request.RawQuery || r.Cookie != e.q.Request.Cookie) && admits(withQuery(r, e.c.URL.Query)) {
		e.find(CauseDuplicate, "A name occurs twice with different values. The first one counts, and the last one would be right: browsers keep cookies of the same name for several paths and domains.",
			"Send each name once: delete old cookies with the Domain and Path they were set with.")
	}
}

// withQuery puts the viewer's own parameters back in their order behind the reserved ones.
func withQuery(r Request, own string) Request {
	var reserved []string
	for part := range strings.SplitSeq(r.RawQuery, "&") {
		if name, _ := cutPair(part); fieldOf(name) != fieldNone {
			reserved = append(reserved, part)
		}
	}
	r.RawQuery = strings.Trim(own+"&"+strings.Join(reserved, "&"), "&")
	return r
}

func backwards(list, separator string) string {
	parts := strings.Split(list, separator)
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strings.Join(parts, separator)
}

func (e *explainer) usedNames() string {
	var names []string
	for _, p := range e.r.Parameters {
		if p.Used {
			names = append(names, p.Name)
		}
	}
	return and(names)
}
