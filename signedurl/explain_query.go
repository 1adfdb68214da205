package signedurl

import (
	"net/url"
	"slices"
	"strings"
)

// queries are other queries that may have been signed with the URL.
func queries(query string) (out []*deviation) {
	add := func(id Cause, signed, cause, fix string) {
		if signed != "" && signed != "?" {
			signed = "?" + signed
		}
		if strings.TrimPrefix(signed, "?") != query || signed == "?" {
			out = append(out, &deviation{id, cause, fix, func(s *shape) { s.query = signed }})
		}
	}
	const whole = "Sign the URL with the query viewers send, and change nothing in it afterwards. A custom policy whose path ends in * is good for any query."
	if query == "" {
		add(CauseQuery, "?", "It was signed with a “?” at the end of the URL, which a request without a query does not have.", "Sign the URL without the final “?”.")
		return out
	}
	add(CauseQuery, "", "It was signed for the URL without its query, "+shorten("?"+query), whole)
	const exactly = "Encode the query first and sign the result: the bytes signed must be those on the wire."
	spelled := append(respellings(query, false), reencoded(query)...)
	for _, s := range spelled {
		if s.text != query {
			add(CauseQueryEncoding, s.text, "The query was signed "+s.how+": "+shorten(s.text), exactly)
		}
	}
	parts := strings.Split(query, "&")
	if len(parts) < 2 || len(parts) > 16 {
		return out
	}
	for i, part := range parts {
		rest := strings.Join(slices.Delete(slices.Clone(parts), i, i+1), "&")
		add(CauseQuery, rest, "It was signed without the parameter "+shorten(part)+": that was added afterwards.", whole)
		if i > 0 {
			add(CauseQuery, strings.Join(parts[:i], "&"), "It was signed for "+shorten("?"+strings.Join(parts[:i], "&"))+" alone: what follows was added afterwards.", whole)
		}
	}
	sorted := slices.Sorted(slices.Values(parts))
	add(CauseQuery, strings.Join(sorted, "&"), "It was signed with the parameters in another order.", whole)
	slices.Reverse(parts)
	add(CauseQuery, strings.Join(parts, "&"), "It was signed with the parameters in another order.", whole)
	return out
}

// reencoded are a query's parameters encoded anew by common rules.
func reencoded(query string) []respelling {
	rules := []struct {
		how    string
		escape func(string) string
	}{
		{"encoded as forms are", url.QueryEscape},
		{"with more characters encoded", func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }},
		{"with its values decoded", func(s string) string { return s }},
		{"with fewer characters encoded", encodeURI},
	}
	var out []respelling
	for _, rule := range rules {
		for _, bare := range []bool{false, true} {
			parts := strings.Split(query, "&")
			for i, part := range parts {
				name, value, ok := strings.Cut(part, "=")
				parts[i] = rule.escape(formDecode(name))
				if ok || bare {
					parts[i] += "=" + rule.escape(formDecode(value))
				}
			}
			out = append(out, respelling{strings.Join(parts, "&"), rule.how})
		}
	}
	return out
}

// encodeURI encodes what JavaScript's function of that name does: blanks and what is not ASCII.
func encodeURI(s string) string { return encodeWire(s, "\"<>\\^`{|}") }

func formDecode(s string) string { return percentDecode(strings.ReplaceAll(s, "+", " ")) }

// customGuesses calls try with texts near the policy that was sent, until it returns false.
func (e *explainer) customGuesses(try func(guess) bool) {
	sent := e.m.Policy
	if !try(guess{text: sent}) {
		return
	}
	for _, d := range styles() {
		var s shape
		if d.apply(&s); !try(guess{s.style(slices.Clone(sent)), []*deviation{d}}) {
			return
		}
	}
	p, err := ParsePolicy(sent)
	if err != nil {
		return
	}
	again := &deviation{
		id: CauseReserialised, cause: "The policy that was signed has its members in another order than the one that is sent: it was written out twice.",
		fix: "Make the policy's text once; sign it, and send the same bytes.",
	}
	for _, text := range reorderings(&p) {
		if !try(guess{text, []*deviation{again}}) {
			return
		}
		for _, d := range styles()[2:7] {
			var s shape
			if d.apply(&s); !try(guess{s.style(slices.Clone(text)), []*deviation{d, again}}) {
				return
			}
		}
	}
	e.otherPolicies(p, try)
}

// otherPolicies are policies that differ in a value, and the canned one.
func (e *explainer) otherPolicies(p Policy, try func(guess) bool) {
	for _, d := range expiries(itoa(p.Expires.Unix()))[2:] {
		var s shape
		d.apply(&s)
		text := strings.Replace(string(e.m.Policy), itoa(p.Expires.Unix()), s.expires, 1)
		if !try(guess{[]byte(text), []*deviation{d}}) {
			return
		}
	}
	canned := &deviation{
		id: CauseReserialised, cause: "A canned policy was signed, and a custom one sent.",
		fix: "Sign the JSON text that is sent as Policy, or send Expires in place of Policy.",
	}
	u := e.c.URL
	for _, resource := range []string{u.String(), p.Resource} {
		text := Policy{Resource: resource, Expires: p.Expires, Canned: true}.JSON()
		if !try(guess{text, []*deviation{canned}}) {
			return
		}
	}
	other := &deviation{
		id: CausePath, cause: "The policy that was signed names the URL itself as its Resource; the one sent does not.",
		fix: "Make the policy's text once; sign it, and send the same bytes.",
	}
	p.Resource = u.String()
	try(guess{p.JSON(), []*deviation{other}})
}

// reorderings write a policy with its conditions in every order, Resource first and last.
func reorderings(p *Policy) (out [][]byte) {
	conditions := []string{`"DateLessThan":{"AWS:EpochTime":` + itoa(p.Expires.Unix()) + `}`}
	if p.SourceIP.IsValid() {
		conditions = append(conditions, `"IpAddress":{"AWS:SourceIp":"`+p.SourceIP.String()+`"}`)
	}
	if !p.Starts.IsZero() {
		conditions = append(conditions, `"DateGreaterThan":{"AWS:EpochTime":`+itoa(p.Starts.Unix())+`}`)
	}
	resource := `"Resource":"` + strings.ReplaceAll(p.Resource, `\`, `\\`) + `"`
	for _, order := range permutations(conditions) {
		condition := `"Condition":{` + strings.Join(order, ",") + `}`
		out = append(out, []byte(`{"Statement":[{`+resource+`,`+condition+`}]}`), []byte(`{"Statement":[{`+condition+`,`+resource+`}]}`))
	}
	return out
}

func permutations(list []string) (out [][]string) {
	if len(list) < 2 {
		return [][]string{list}
	}
	for i := range list {
		for _, rest := range permutations(slices.Delete(slices.Clone(list), i, i+1)) {
			out = append(out, append([]string{list[i]}, rest...))
		}
	}
	return out
}
