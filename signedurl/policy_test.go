package signedurl_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/signedurl"
)

func TestParsePolicy(t *testing.T) {
	t.Parallel()
	const less = `"DateLessThan":{"AWS:EpochTime":2000000000}`
	statement := func(s string) string { return `{"Statement":[` + s + `]}` }
	condition := func(s string) string { return statement(`{"Resource":"http://h/*","Condition":{` + s + `}}`) }
	ip := func(s string) string { return condition(less + `,"IpAddress":{"AWS:SourceIp":` + s + `}`) }
	date := func(s string) string { return condition(`"DateLessThan":{"AWS:EpochTime":` + s + `}`) }
	tests := []struct {
		name, text string
		want       signedurl.Reason
		resource   string
		network    string
	}{
		{name: "compact", text: condition(less), resource: "http://h/*"},
		{name: "bare statement", text: `{"Statement":{"Condition":{` + less + `}}}`},
		{name: "spaced", text: " {\n\t\"Statement\" : [ { \"Resource\":\"r\" , \"Condition\" : { " + less + " } } ] }\r\n", resource: "r"},
		{name: "unknown members", text: `{"Id":null,"Statement":[{"X":[{},[1.5e-3,true,"\u00e9"]],"Condition":{"Y":{"Z":false},` + less + `}}],"Version":"2012-10-17"}`},
		{name: "escapes", text: statement(`{"\u0052esource":"http:\/\/h\/\u00e9\\?\ud83d\ude00","Condition":{` + less + `}}`), resource: `http://h/é\?😀`},
		{name: "guide's own escape", text: statement(`{"Resource":"http://h/a*\?*","Condition":{` + less + `}}`), resource: `http://h/a*\?*`},
		{name: "address", text: ip(`"192.0.2.7"`), resource: "http://h/*", network: "192.0.2.7/32"},
		{name: "network", text: ip(`"192.0.2.7/24"`), resource: "http://h/*", network: "192.0.2.0/24"},
		{name: "IPv6 network", text: ip(`"2001:db8::1/32"`), resource: "http://h/*", network: "2001:db8::/32"},

		{name: "empty", text: ``, want: signedurl.MalformedPolicyJSON},
		{name: "not JSON", text: `Statement`, want: signedurl.MalformedPolicyJSON},
		{name: "array", text: `[]`, want: signedurl.MalformedPolicyJSON},
		{name: "cut", text: condition(less)[:60], want: signedurl.MalformedPolicyJSON},
		{name: "more behind", text: condition(less) + "{}", want: signedurl.MalformedPolicyJSON},
		{name: "NUL behind", text: condition(less) + "\x00", want: signedurl.MalformedPolicyJSON},
		{name: "trailing comma", text: condition(less + ","), want: signedurl.MalformedPolicyJSON},
		{name: "not UTF-8", text: statement(`{"Resource":"` + "\xff" + `","Condition":{` + less + `}}`), want: signedurl.MalformedPolicyJSON},
		{name: "lone surrogate", text: statement(`{"Resource":"\ud83d","Condition":{` + less + `}}`), want: signedurl.MalformedPolicyJSON},
		{name: "raw control character", text: statement("{\"Resource\":\"a\nb\",\"Condition\":{" + less + "}}"), want: signedurl.MalformedPolicyJSON},
		{name: "too deep", text: `{"X":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `,"Statement":{"Condition":{` + less + `}}}`, want: signedurl.MalformedPolicyJSON},
		{name: "too long", text: condition(less) + strings.Repeat(" ", signedurl.MaxPolicyBytes), want: signedurl.MalformedPolicyJSON},
		{name: "two Statements", text: `{"Statement":{"Condition":{` + less + `}},"Statement":[]}`, want: signedurl.MalformedPolicyJSON},
		{name: "two Resources", text: statement(`{"Resource":"a","Resource":"b","Condition":{` + less + `}}`), want: signedurl.MalformedPolicyJSON},
		{name: "two Conditions", text: statement(`{"Condition":{` + less + `},"Condition":{` + less + `}}`), want: signedurl.MalformedPolicyJSON},
		{name: "two dates", text: condition(less + "," + less), want: signedurl.MalformedPolicyJSON},
		{name: "two dates, one in disguise", text: condition(less + `,"DateLessTh\u0061n":{"AWS:EpochTime":1}`), want: signedurl.MalformedPolicyJSON},
		{name: "two epochs", text: condition(`"DateLessThan":{"AWS:EpochTime":1,"AWS:EpochTime":2}`), want: signedurl.MalformedPolicyJSON},
		{name: "two addresses", text: condition(less + `,"IpAddress":{"AWS:SourceIp":"1.2.3.4","AWS:SourceIp":"1.2.3.4"}`), want: signedurl.MalformedPolicyJSON},

		{name: "no statement", text: `{}`, want: signedurl.MalformedPolicyStatement},
		{name: "empty array", text: statement(``), want: signedurl.MalformedPolicyStatement},
		{name: "two statements", text: statement(`{"Condition":{` + less + `}},{"Condition":{` + less + `}}`), want: signedurl.MalformedPolicyStatement},
		{name: "null statement", text: `{"Statement":null}`, want: signedurl.MalformedPolicyStatement},
		{name: "string statement", text: statement(`"x"`), want: signedurl.MalformedPolicyStatement},
		{name: "resource list", text: statement(`{"Resource":["a"],"Condition":{` + less + `}}`), want: signedurl.MalformedPolicyResource},
		{name: "empty resource", text: statement(`{"Resource":"","Condition":{` + less + `}}`), want: signedurl.MalformedPolicyResource},
		{name: "condition list", text: statement(`{"Condition":[]}`), want: signedurl.MalformedPolicyCondition},
		{name: "date not an object", text: condition(`"DateLessThan":5`), want: signedurl.MalformedPolicyCondition},

		{name: "no condition", text: statement(`{"Resource":"a"}`), want: signedurl.MalformedPolicyExpiry},
		{name: "start only", text: condition(`"DateGreaterThan":{"AWS:EpochTime":1}`), want: signedurl.MalformedPolicyExpiry},
		{name: "lower case", text: condition(`"dateLessThan":{"AWS:EpochTime":1}`), want: signedurl.MalformedPolicyExpiry},
		{name: "last second", text: date(`2147483647`), resource: "http://h/*"},
		{name: "milliseconds", text: date(`2000000000000`), want: signedurl.MalformedPolicyDate},
		{name: "33 bits", text: date(`2147483648`), want: signedurl.MalformedPolicyDate},
		{name: "string date", text: date(`"2000000000"`), want: signedurl.MalformedPolicyDate},
		{name: "fraction", text: date(`2000000000.0`), want: signedurl.MalformedPolicyDate},
		{name: "exponent", text: date(`2e9`), want: signedurl.MalformedPolicyDate},
		{name: "null date", text: date(`null`), want: signedurl.MalformedPolicyDate},
		{name: "leading zero", text: date(`02000000000`), want: signedurl.MalformedPolicyJSON},
		{name: "no epoch", text: condition(`"DateLessThan":{}`), want: signedurl.MalformedPolicyDate},
		{name: "lower-case epoch", text: condition(`"DateLessThan":{"aws:EpochTime":1}`), want: signedurl.MalformedPolicyDate},

		{name: "address list", text: ip(`["192.0.2.7"]`), want: signedurl.MalformedPolicyAddress},
		{name: "two in one", text: ip(`"192.0.2.7,192.0.2.8"`), want: signedurl.MalformedPolicyAddress},
		{name: "name", text: ip(`"localhost"`), want: signedurl.MalformedPolicyAddress},
		{name: "long prefix", text: ip(`"192.0.2.7/33"`), want: signedurl.MalformedPolicyAddress},
		{name: "mapped", text: ip(`"::ffff:192.0.2.7/120"`), want: signedurl.MalformedPolicyAddress},
		{name: "no address", text: condition(less + `,"IpAddress":{}`), want: signedurl.MalformedPolicyAddress},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := signedurl.ParsePolicy([]byte(tt.text))
			if got := reasonOf(t, err); got != tt.want {
				t.Fatalf("got %v, want %v", got, tt.want)
			}
			if err != nil {
				return
			}
			if p.Resource != tt.resource {
				t.Errorf("resource is %q", p.Resource)
			}
			if got := p.SourceIP.String(); p.SourceIP.IsValid() != (tt.network != "") || tt.network != "" && got != tt.network {
				t.Errorf("network is %v", got)
			}
		})
	}
}

func TestEvaluate(t *testing.T) {
	t.Parallel()
	start, end := time.Unix(1000, 0), time.Unix(2000, 0)
	u := signedurl.URL{Scheme: "http", Host: "h:8080", AltHost: "h", Path: "/a", Query: "b=c"}
	network := func(s string) netip.Prefix { return netip.MustParsePrefix(s) }
	policy := func(change func(*signedurl.Policy)) signedurl.Policy {
		p := signedurl.Policy{Resource: "http://h/*", Starts: start, Expires: end}
		if change != nil {
			change(&p)
		}
		return p
	}
	canned := func(url string) func(*signedurl.Policy) {
		return func(p *signedurl.Policy) { p.Canned, p.Resource = true, url }
	}
	at := func(n netip.Prefix) signedurl.Policy { return policy(func(p *signedurl.Policy) { p.SourceIP = n }) }
	tests := []struct {
		name   string
		policy signedurl.Policy
		viewer string
		now    time.Time
		want   signedurl.Reason
	}{
		{"first moment", policy(nil), "192.0.2.1", start.Add(1), 0},
		{"last moment", policy(nil), "192.0.2.1", end.Add(-1), 0},
		{"at the start", policy(nil), "192.0.2.1", start, signedurl.NotYetValid},
		{"at the end", policy(nil), "192.0.2.1", end, signedurl.Expired},
		{"with our port", policy(func(p *signedurl.Policy) { p.Resource = "http://h:8080/a?b=c" }), "192.0.2.1", end.Add(-1), 0},
		{"with another port", policy(func(p *signedurl.Policy) { p.Resource = "http://h:80/a?b=c" }), "192.0.2.1", end.Add(-1), signedurl.ResourceMismatch},
		{"any resource", policy(func(p *signedurl.Policy) { p.Resource = "" }), "192.0.2.1", end.Add(-1), 0},
		{"resource before date", policy(func(p *signedurl.Policy) { p.Resource = "x" }), "192.0.2.1", end, signedurl.ResourceMismatch},
		{"date before address", at(network("198.51.100.0/24")), "192.0.2.1", end, signedurl.Expired},
		{"canned", policy(canned("http://h:8080/a?b=c")), "192.0.2.1", end.Add(-1), 0},
		{"canned, our port left out", policy(canned("http://h/a?b=c")), "192.0.2.1", end.Add(-1), 0},
		{"canned, other path", policy(canned("http://h/ab?b=c")), "192.0.2.1", end.Add(-1), signedurl.ResourceMismatch},
		{"canned, no query", policy(canned("http://h/a")), "192.0.2.1", end.Add(-1), signedurl.ResourceMismatch},
		{"canned, longer query", policy(canned("http://h/a?b=c&")), "192.0.2.1", end.Add(-1), signedurl.ResourceMismatch},
		{"canned, other scheme", policy(canned("https://h/a?b=c")), "192.0.2.1", end.Add(-1), signedurl.ResourceMismatch},
		{"canned star is a star", policy(canned("http://h/*")), "192.0.2.1", end.Add(-1), signedurl.ResourceMismatch},
		{"in network", at(network("192.0.2.0/24")), "192.0.2.255", end.Add(-1), 0},
		{"mapped viewer", at(network("192.0.2.0/24")), "::ffff:192.0.2.255", end.Add(-1), 0},
		{"outside", at(network("192.0.2.0/24")), "192.0.3.0", end.Add(-1), signedurl.WrongAddress},
		{"IPv6 viewer, IPv4 network", at(network("192.0.2.0/24")), "2001:db8::1", end.Add(-1), signedurl.WrongAddress},
		{"IPv6 viewer, anyone", at(network("0.0.0.0/0")), "2001:db8::1", end.Add(-1), 0},
		{"IPv6 network", at(network("2001:db8::/32")), "2001:db8:f::1", end.Add(-1), 0},
		{"link-local viewer", at(network("fe80::/10")), "fe80::1%eth0", end.Add(-1), 0},
		{"IPv4 viewer, IPv6 network", at(network("::/0")), "192.0.2.1", end.Add(-1), signedurl.WrongAddress},
	}
	for _, tt := range tests {
		err := tt.policy.Evaluate(u, netip.MustParseAddr(tt.viewer), tt.now)
		if got := reasonOf(t, err); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
	anyone := at(network("0.0.0.0/0"))
	if got := reasonOf(t, anyone.Evaluate(u, netip.Addr{}, end.Add(-1))); got != signedurl.WrongAddress {
		t.Errorf("unknown viewer: %v", got)
	}
}

func FuzzParsePolicy(f *testing.F) {
	f.Add([]byte(`{"Statement":[{"Resource":"http://h/*","Condition":{"DateLessThan":{"AWS:EpochTime":2000000000},"IpAddress":{"AWS:SourceIp":"10.0.0.0/8"},"DateGreaterThan":{"AWS:EpochTime":1}}}]}`))
	f.Add([]byte(`{"Statement":{"\u0052esource":"a\?b","Condition":{"DateLessThan":{"AWS:EpochTime":-1}}}}`))
	f.Add([]byte(`{"X":[[[{"a":1.5e+3,"b":null}]]],"Statement":[]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := signedurl.ParsePolicy(text)
		if err != nil {
			reasonOf(t, err)
			return
		}
		if p.Expires.IsZero() {
			t.Fatal("no expiry")
		}
		if strings.ContainsAny(p.Resource, "\"\x00\b\f\n\r\t") || p.Resource == "" || strings.ContainsFunc(p.Resource, func(r rune) bool { return r < ' ' }) {
			return // Signer would refuse to write it
		}
		q, err := signedurl.ParsePolicy(p.JSON())
		if err != nil || q != p {
			t.Fatalf("%s read back as %+v, %v", p.JSON(), q, err)
		}
	})
}
