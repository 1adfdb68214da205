package signedurl

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// guess is a text that may have been signed, and how it deviates from what should have been.
type guess struct {
	text       []byte
	deviations []*deviation
}

// deviation is one mistake in what was signed.
type deviation struct {
	id         Cause
	cause, fix string
	apply      func(*shape)
}

// shape is a canned policy in parts.
type shape struct {
	scheme, host, path, query string
	whole                     string // in place of the four
	expires                   string
	style                     func([]byte) []byte
}

func (s *shape) text() []byte {
	resource := s.whole
	if resource == "" {
		resource = s.scheme + s.host + s.path + s.query
	}
	b := []byte(cannedHead + resource + `","Condition":{"DateLessThan":{"AWS:EpochTime":` + s.expires + `}}}]}`)
	if s.style != nil {
		b = s.style(b)
	}
	return b
}

// cannedGuesses calls try with canned policies that deviate in one part, then in two or three,
// the likelier first, until it returns false.
func (e *explainer) cannedGuesses(try func(guess) bool) {
	u := &e.c.URL
	base := shape{scheme: u.Scheme + "://", host: u.Host, path: u.Path, expires: percentDecode(e.c.fields[fieldExpires])}
	if u.Query != "" {
		base.query = "?" + u.Query
	}
	parts := [][]*deviation{e.schemes(), e.hosts(), paths(u.Path), queries(u.Query), e.wildcards(), expiries(base.expires), styles()}
	with := func(d ...*deviation) bool {
		s := base
		for _, d := range d {
			d.apply(&s)
		}
		return try(guess{s.text(), d})
	}
	if !with() {
		return
	}
	for _, part := range parts {
		for _, d := range part {
			if !with(d) {
				return
			}
		}
	}
	for _, first := range []int{0, 1} { // scheme or host, and something else
		for _, other := range parts[first+1:] {
			if !eachPair(parts[first], other, with) {
				return
			}
		}
	}
	for _, scheme := range parts[0] {
		for _, part := range parts[2:5] {
			if !eachPair(parts[1], part, func(d ...*deviation) bool { return with(append(d, scheme)...) }) {
				return
			}
		}
	}
	for i, part := range parts[2:] {
		for _, other := range parts[3+i:] {
			if !eachPair(part, other, with) {
				return
			}
		}
	}
}

// eachPair calls try with one of a and one of b until it returns false, and reports whether it
// never did.
func eachPair(a, b []*deviation, try func(...*deviation) bool) bool {
	for _, x := range a {
		for _, y := range b {
			if !try(x, y) {
				return false
			}
		}
	}
	return true
}

// expiries are other ways to write the date than the request does.
func expiries(seconds string) []*deviation {
	set := func(text string) func(*shape) { return func(s *shape) { s.expires = text } }
	out := []*deviation{
		{
			CauseMilliseconds, "The policy was signed with the expiry in milliseconds, while Expires has seconds.",
			"Sign the very number that is sent as Expires.", set(seconds + "000"),
		},
		{
			CauseEpochString, "The policy was signed with the expiry as a string, in quotation marks.",
			"Write AWS:EpochTime as a number.", set(`"` + seconds + `"`),
		},
	}
	n, err := strconv.ParseInt(seconds, 10, 64)
	for _, by := range [...]int64{1, -1, 2, -2, 3, -3, 5, -5, 3600, -3600} {
		if err == nil {
			out = append(out, &deviation{
				CauseExpiryDiffers, "The expiry that was signed differs from Expires by " + (time.Duration(by) * time.Second).String() + ": it was computed twice.",
				"Compute the expiry once, and use it for the policy and for Expires.", set(strconv.FormatInt(n+by, 10)),
			})
		}
	}
	return out
}

// styles are other ways to write the same JSON.
func styles() []*deviation {
	const compactly = `Sign the policy without white space, just so: {"Statement":[{"Resource":"URL","Condition":{"DateLessThan":{"AWS:EpochTime":SECONDS}}}]}`
	space := func(how string, style func([]byte) []byte) *deviation {
		return &deviation{CauseWhiteSpace, "The policy was signed with white space in it (" + how + ").", compactly, func(s *shape) { s.style = style }}
	}
	again := func(how string, style func([]byte) []byte) *deviation {
		return &deviation{
			CauseReserialised, "The policy was signed in another JSON form: " + how + ".",
			"Sign exactly the bytes that are sent, or that the edge rebuilds.", func(s *shape) { s.style = style },
		}
	}
	encoded := func(how string, style func([]byte) []byte) *deviation {
		return &deviation{
			CauseEncodedSigned, "The signature was made over the policy " + how + ", not over its JSON.",
			"Sign the JSON text; encode it only for sending.", func(s *shape) { s.style = style },
		}
	}
	indent := func(by string) func([]byte) []byte {
		return func(b []byte) []byte {
			var out bytes.Buffer
			if json.Indent(&out, b, "", by) != nil {
				return b
			}
			return out.Bytes()
		}
	}
	ending := func(end string) func([]byte) []byte {
		return func(b []byte) []byte { return append(bytes.TrimSpace(b), end...) }
	}
	replace := func(pairs ...string) func([]byte) []byte {
		return func(b []byte) []byte { return []byte(strings.NewReplacer(pairs...).Replace(string(b))) }
	}
	return []*deviation{
		space("a line break at its end", ending("\n")), space("a line break at its end", ending("\r\n")),
		space("blanks behind commas and colons", spaced), space("indented by 2", indent("  ")), space("indented by 4", indent("    ")),
		space("indented by a tab", indent("\t")), space("a blank behind “Statement”:", replace(`"Statement":[`, `"Statement": [`)),
		again("its white space was taken out", compacted), again("its final line break was taken off", bytes.TrimSpace),
		again(`slashes are written \/`, replace("/", `\/`)), again(`slashes are not written \/`, replace(`\/`, "/")),
		again(`& < > are written \u0026 \u003c \u003e`, replace("&", `\u0026`, "<", `\u003c`, ">", `\u003e`)),
		again(`= & ' are written \u003d \u0026 \u0027`, replace("=", `\u003d`, "&", `\u0026`, "'", `\u0027`)),
		again("Condition stands before Resource", conditionFirst),
		again("Statement is an object, not an array", replace("[{", "{", "}]", "}")),
		encoded("in base64 as it is sent", func(b []byte) []byte { return []byte(encoder.EncodeToString(b)) }),
		encoded("in standard base64", standardBase64), encoded("percent-encoded", percentEncodeAll),
	}
}

// spaced writes JSON as Python does by default.
func spaced(b []byte) []byte {
	out, quoted := make([]byte, 0, len(b)+32), false
	text := compacted(b)
	for i, c := range text {
		out = append(out, c)
		if c == '"' && (i == 0 || text[i-1] != '\\') {
			quoted = !quoted
		}
		if !quoted && (c == ',' || c == ':') {
			out = append(out, ' ')
		}
	}
	return out
}

func compacted(b []byte) []byte {
	var out bytes.Buffer
	if json.Compact(&out, b) != nil {
		return b
	}
	return out.Bytes()
}

func conditionFirst(b []byte) []byte {
	p, err := ParsePolicy(b)
	if err != nil {
		return b
	}
	resource, _ := json.Marshal(p.Resource)
	text := compacted(p.JSON())
	condition := text[bytes.Index(text, []byte(`"Condition"`)) : len(text)-len("}]}")]
	return []byte(`{"Statement":[{` + string(condition) + `,"Resource":` + string(resource) + `}]}`)
}
