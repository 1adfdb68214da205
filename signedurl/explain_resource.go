package signedurl

import (
	"fmt"
	"strings"
)

// resource tells whether the policy covers the URL, section by section.
func (e *explainer) resource() {
	u := e.c.URL
	switch {
	case !e.parsed:
		e.step(StepResource, NotChecked, "There is no policy to compare the URL with.")
		return
	case e.m.Canned:
		e.cannedResource()
		return
	case e.p.Resource == "":
		e.step(StepResource, OK, "The policy has no Resource: it covers every URL.")
		return
	}
	match := e.p.matches(&u)
	e.r.Sections = compareResource(e.p.Resource, u, match)
	if match {
		e.step(StepResource, OK, "%s covers the URL.", e.p.Resource)
		return
	}
	var wrong []string
	for _, s := range e.r.Sections {
		if !s.Match {
			wrong = append(wrong, s.Name)
			e.explainSection(s)
		}
	}
	e.step(StepResource, Failed, "%s does not cover the URL: the %s differs.", e.p.Resource, and(wrong))
}

// cannedResource is about policies that name the URL asked for, whatever was signed.
func (e *explainer) cannedResource() {
	for _, s := range e.r.Steps {
		if s.Name == StepSignature && s.Outcome == OK {
			e.step(StepResource, OK, "A canned policy is for exactly the URL it was signed for, and that is this one.")
			return
		}
	}
	e.step(StepResource, NotChecked, "A canned policy is for one URL; which one, the signature tells.")
}

// compareResource takes pattern and URL apart as MatchResource does. match is its result, which
// the sections agree with.
func compareResource(pattern string, u URL, match bool) []Section {
	rest, protocolOK := cutProtocol(pattern, u.Scheme)
	protocol := strings.TrimSuffix(pattern[:len(pattern)-len(rest)], "://")
	if protocol == "" && protocolOK {
		protocol = "*"
	}
	domain, tail := rest, ""
	if i := strings.IndexAny(rest, "/"); i >= 0 {
		domain, tail = rest[:i], rest[i:]
	}
	if i := strings.Index(domain, `\?`); i >= 0 {
		domain, tail = rest[:i], rest[i:]
	}
	path, query, hasQuery := strings.Cut(tail, `\?`)
	if !hasQuery {
		path, query, hasQuery = strings.Cut(tail, "?")
	}
	host := u.Host
	if u.AltHost != "" && !glob(domain, host, true) {
		host = u.AltHost
	}
	open := path == "" && strings.HasSuffix(domain, "*")
	pathOK := open || path == "" && u.Path == "/" || glob(path, u.Path, false)
	queryOK := u.Query == "" || strings.HasSuffix(path, "*") || open
	if hasQuery {
		queryOK = glob(query, u.Query, false)
	}
	sections := []Section{
		{"protocol", protocol, u.Scheme, protocolOK || match},
		{"domain", domain, host, glob(domain, host, true) || match},
		{"path", path, u.Path, pathOK || match},
		{"query", query, u.Query, queryOK || match},
	}
	all := true
	for _, s := range sections {
		all = all && s.Match
	}
	if all && !match {
		sections[3].Match = false // a "?" that was read as the border is not one
	}
	return sections
}

// explainSection adds the finding for a section that differs.
func (e *explainer) explainSection(s Section) {
	resource := e.p.Resource
	switch s.Name {
	case "protocol":
		if !strings.Contains(resource, "://") {
			e.find(CauseResourceNotURL, fmt.Sprintf("Resource is %q, which is not a whole URL.", resource), "Write the URL from https:// on, as https://HOST/path/*.")
			return
		}
		e.find(CauseScheme, fmt.Sprintf("Resource is for %s://, and the request is for %s://.", s.Pattern, s.Value), "Sign for the scheme viewers use, or write http*:// for both.")
	case "domain":
		if !e.r.Found(CauseResourceNotURL) {
			d := e.hostDeviation(strings.ToLower(s.Pattern))
			e.find(d.id, d.cause, d.fix)
		}
	case "path":
		e.explainPath(s)
	case "query":
		if s.Value == "" {
			e.find(CauseQuery, fmt.Sprintf("Resource wants the query %q, and the URL has none.", s.Pattern), "Leave the query out of Resource, or let its path end in *.")
			return
		}
		e.find(CauseQuery, fmt.Sprintf("Resource does not cover the query %q of the URL.", s.Value), "Let Resource end in *, which covers any query, or sign the URL with its query.")
	}
}

func (e *explainer) explainPath(s Section) {
	for _, r := range respellings(s.Value, true) {
		if r.text != s.Value && glob(s.Pattern, r.text, false) {
			e.find(CausePathEncoding, fmt.Sprintf("Resource has the path %s: %s.", r.how, s.Pattern), "Write the path in Resource as it is on the wire: percent-encoded.")
			return
		}
	}
	cause, fix := fmt.Sprintf("The path of Resource, %s, does not cover %s.", s.Pattern, s.Value), "Sign for the path that is asked for. * stands for any run of characters, slashes included, and ? for one."
	switch {
	case s.Pattern == "":
		cause = "Resource ends behind the host, and so covers “/” only."
		fix = "Write /* behind the host for everything on it."
	case strings.HasPrefix(s.Value, s.Pattern) && !strings.HasSuffix(s.Pattern, "*"):
		cause = fmt.Sprintf("Resource covers %s alone, not what is below it.", s.Pattern)
		fix = "Let Resource end in *."
	case strings.HasPrefix(s.Pattern, "/*.") || strings.EqualFold(s.Pattern, s.Value):
		fix = "Sign for the path that is asked for; upper and lower case differ."
	}
	e.find(CausePath, cause, fix)
}
