package signedurl

import (
	"fmt"
	"net/url"
	"strings"
)

// fieldNames are the reserved names by field.
var fieldNames = [fieldCount]string{"Expires", "Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"}

// credentials tells what was found, and by which rule the query or the cookies count.
func (e *explainer) credentials() {
	r := e.r
	inQuery := e.list("query", e.q.Request.RawQuery, "&", "")
	inCookies := e.list("cookies", e.q.Request.Cookie, ";", "CloudFront-")
	r.Source = "none"
	outcome := OK
	if e.c.KeyPairID == "" {
		outcome = Failed
	}
	switch {
	case len(inQuery) > 0 && len(inCookies) > 0:
		r.Source = "query"
		e.step(StepCredentials, outcome, "A signed URL: the query has %s, so the cookies are not looked at.%s", and(inQuery), e.lacksKey())
	case len(inQuery) > 0:
		r.Source = "query"
		e.step(StepCredentials, outcome, "A signed URL: the query has %s.%s", and(inQuery), e.lacksKey())
	case len(inCookies) > 0:
		r.Source = "cookies"
		e.step(StepCredentials, outcome, "Signed cookies: the query has no reserved name, and the cookies have %s.%s", and(inCookies), e.lacksKey())
	default:
		e.step(StepCredentials, outcome, "Neither the query nor the cookies hold a signature.")
	}
	if r.Verdict == Refused {
		e.otherReadings(len(inCookies) > 0)
	}
	if outcome == Failed && len(r.Findings) == 0 {
		e.missing(inQuery, inCookies)
	}
}

func (e *explainer) lacksKey() string {
	if e.c.KeyPairID == "" {
		return " There is no Key-Pair-Id, or it is empty."
	}
	return ""
}

// list adds the reserved parameters of one place to the report and returns their names.
func (e *explainer) list(in, raw, separator, prefix string) (names []string) {
	used := in == "query" == (e.c.Source == FromQuery)
	var seen [fieldCount]bool
	for part := range strings.SplitSeq(raw, separator) {
		part, ok := strings.CutPrefix(strings.Trim(part, " \t"), prefix)
		name, value := cutPair(part)
		f := fieldOf(name)
		if !ok || f == fieldNone {
			continue
		}
		p := Parameter{Name: prefix + name, In: in, Value: shorten(value), Used: used && !seen[f]}
		if f == fieldSignature {
			p.Value = fmt.Sprintf("(%d characters)", len(value))
		}
		e.r.Parameters = append(e.r.Parameters, p)
		if !seen[f] {
			names = append(names, p.Name)
		}
		seen[f] = true
	}
	return names
}

// missing finds out where the key pair id went.
func (e *explainer) missing(inQuery, inCookies []string) {
	query, cookie := e.q.Request.RawQuery, e.q.Request.Cookie
	lower := strings.ToLower(query)
	switch {
	case strings.Contains(lower, "x-amz-signature=") || strings.Contains(lower, "awsaccesskeyid="):
		e.find(CauseS3Presigned, "This is a presigned URL of S3 (X-Amz-Signature or AWSAccessKeyId), which CloudFront does not read.",
			"Sign with a CloudFront signer: it adds Expires or Policy, Signature and Key-Pair-Id.")
	case strings.Contains(query, "amp;Signature=") || strings.Contains(query, "amp;Key-Pair-Id="):
		e.find(CauseHTMLAmpersand, "The parameters are separated by “&amp;”: the URL was escaped for HTML and used without undoing that.",
			"Use “&” between the parameters.")
	case secondQuestionMark(query):
		e.find(CauseSecondQuestionMark, "The signing parameters follow a second “?”: the URL had a query already, so they became part of its last value.",
			"Join them with “&” when the URL has a query. The signature stays good.")
	case len(inQuery) == 1 && (inQuery[0] == "Expires" || inQuery[0] == "Policy") && strings.Contains(query[strings.LastIndexByte(query, '&')+1:], inQuery[0]+"="):
		e.find(CauseCutAtAmpersand, "The URL ends behind "+inQuery[0]+": it was cut at “&”, as a shell does with an unquoted URL.",
			"Put the whole URL between quotes.")
	case e.misnamed(query, "&", "") || e.misnamed(cookie, ";", "CloudFront-"):
	case len(inQuery)+len(inCookies) > 0:
		e.find(CauseParameterMissing, "There is no Key-Pair-Id beside "+and(append(inQuery, inCookies...))+".",
			"Send Key-Pair-Id too: the id of the public key (K…) or key pair (APKA…).")
	default:
		e.find(CauseUnsigned, "The request carries no signature at all.",
			"Sign the URL, or send the signed cookies with it. What a playlist or page refers to needs a signature of its own: parameters are not passed on from one URL to another, cookies are.")
	}
}

func secondQuestionMark(query string) bool {
	_, tail, ok := strings.Cut(query, "?")
	_, signed := StripQuery(tail)
	return ok && signed
}

// misnamed looks for reserved names in another spelling.
func (e *explainer) misnamed(raw, separator, prefix string) bool {
	for part := range strings.SplitSeq(raw, separator) {
		name, _ := cutPair(strings.Trim(part, " \t"))
		if n, err := url.QueryUnescape(name); err == nil {
			name = n
		}
		for _, want := range fieldNames {
			want = prefix + want
			if name != want && spelling(name) == spelling(want) {
				e.find(CauseParameterName, fmt.Sprintf("%q is not a name CloudFront knows: names are exact, upper and lower case included.", name),
					fmt.Sprintf("Call it %q.", want))
				return true
			}
			if prefix != "" && name == want[len(prefix):] && name != "Expires" {
				e.find(CauseParameterName, fmt.Sprintf("The cookie %q lacks its prefix.", name), fmt.Sprintf("Call it %q.", want))
				return true
			}
		}
	}
	return false
}

// spelling folds what people get wrong in names.
func spelling(name string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "", " ", "").Replace(name))
}

// and joins words as a sentence does.
func and(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// shorten cuts a long value for people to read.
func shorten(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
