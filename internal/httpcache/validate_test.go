package httpcache

import (
	"reflect"
	"testing"
	"time"
)

// RFC 9111, 4.3.1 and 4.3.4.
func TestValidators(t *testing.T) {
	for _, c := range []struct {
		header Header
		want   Validators
	}{
		{Header{{"ETag", `"a"`}, {"Last-Modified", dateT0}}, Validators{`"a"`, dateT0}},
		{Header{{"ETag", `W/"a"`}}, Validators{ETag: `W/"a"`}},
		{Header{{"ETag", `a`}, {"Last-Modified", "garbage"}}, Validators{}},
		{nil, Validators{}},
	} {
		if got := ValidatorsOf(c.header); got != c.want || got.Any() != (c.want != Validators{}) {
			t.Errorf("%v: %+v", c.header, got)
		}
	}
	other := FormatTime(t0.Add(time.Hour))
	for _, c := range []struct {
		stored Validators
		update Header
		want   bool
	}{
		{Validators{ETag: `"a"`}, nil, true},
		{Validators{ETag: `"a"`}, Header{{"ETag", `"a"`}}, true},
		{Validators{ETag: `"a"`}, Header{{"ETag", `W/"a"`}}, true},
		{Validators{ETag: `"a"`}, Header{{"ETag", `"b"`}}, false},
		{Validators{LastModified: dateT0}, Header{{"ETag", `"b"`}}, false},
		{Validators{LastModified: dateT0}, Header{{"Last-Modified", dateT0}}, true},
		{Validators{LastModified: dateT0}, Header{{"Last-Modified", other}}, false},
		{Validators{ETag: `"a"`, LastModified: dateT0}, Header{{"Last-Modified", other}}, true},
	} {
		if got := c.stored.Confirms(c.update); got != c.want {
			t.Errorf("%+v by %v: %v", c.stored, c.update, got)
		}
	}
}

// RFC 9111, 3.2.
func TestMergeNotModified(t *testing.T) {
	stored := Header{
		{"Content-Type", "text/plain"},
		{"Content-Length", "10"},
		{"Content-Encoding", "gzip"},
		{"ETag", `W/"a"`},
		{"Vary", "Accept-Encoding"},
		{"Content-MD5", "N7UdGUp1E+RbVvZSTy1R8g=="},
		{"X-Old", "kept"},
		{"X-Two", "1"},
		{"X-Two", "2"},
		{"Cache-Control", "max-age=1"},
	}
	update := Header{
		{"cache-control", "max-age=60"},
		{"Content-Length", "0"},
		{"Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg=="},
		{"ETag", `"a"`},
		{"Content-Type", "text/css"},
		{"Content-Encoding", "br"},
		{"X-Two", "3"},
		{"X-New", "n"},
		{"Vary", "Origin"},
	}
	before := stored.Clone()
	got := MergeNotModified(stored, update)
	want := Header{
		{"Content-Length", "10"},
		{"Content-Encoding", "gzip"},
		{"Content-MD5", "N7UdGUp1E+RbVvZSTy1R8g=="},
		{"X-Old", "kept"},
		{"Vary", "Accept-Encoding, Origin"},
		{"cache-control", "max-age=60"},
		{"ETag", `W/"a"`},
		{"Content-Type", "text/css"},
		{"X-Two", "3"},
		{"X-New", "n"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if !reflect.DeepEqual(stored, before) {
		t.Error("the stored header was changed")
	}
	if got := MergeNotModified(stored, nil); !reflect.DeepEqual(got.Get("ETag"), `W/"a"`) || len(got) != len(stored) {
		t.Errorf("empty update: %v", got)
	}
}

// RFC 9110, 7.6.1; RFC 9111, 3.1.
func TestEndToEnd(t *testing.T) {
	h := Header{
		{"Connection", "close, X-Hop"},
		{"x-hop", "1"},
		{"Keep-Alive", "timeout=5"},
		{"Transfer-Encoding", "chunked"},
		{"TE", "trailers"},
		{"Trailer", "X"},
		{"Upgrade", "h2c"},
		{"Proxy-Connection", "close"},
		{"Proxy-Authenticate", "Basic"},
		{"Age", "5"},
		{"Set-Cookie", "a=b"},
		{"Content-Type", "text/plain"},
		{"X-Stay", "1"},
	}
	got := EndToEnd(h, []string{"set-cookie"})
	if want := (Header{{"Content-Type", "text/plain"}, {"X-Stay", "1"}}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	if len(h) != 13 || h[0].Name != "Connection" {
		t.Error("the argument was changed")
	}
}

// CloudFront, "HTTP response headers": Vary.
func TestFilterVary(t *testing.T) {
	for _, c := range []struct {
		values []string
		policy VaryPolicy
		want   string
	}{
		{nil, VaryPolicy{}, ""},
		{[]string{"Accept-Encoding"}, VaryPolicy{}, "Accept-Encoding"},
		{[]string{"Origin, accept-encoding, Cookie"}, VaryPolicy{}, "accept-encoding, Cookie"},
		{[]string{"Origin", "X-A, Accept-Encoding"}, VaryPolicy{Forwarded: []string{"origin"}}, "Origin, Accept-Encoding"},
		{[]string{"User-Agent"}, VaryPolicy{Forwarded: []string{"User-Agent"}}, ""},
		{[]string{"User-Agent"}, VaryPolicy{ForwardsDevices: true}, "User-Agent"},
		{[]string{"*"}, VaryPolicy{}, "*"},
		{[]string{"Origin, X-B"}, VaryPolicy{}, ""},
		{[]string{"Cookie, cookie"}, VaryPolicy{}, "Cookie"},
	} {
		h := Header{{"A", "1"}}
		for _, v := range c.values {
			h = h.Add("Vary", v)
		}
		got := FilterVary(h, c.policy)
		if got.Get("Vary") != c.want || len(got.Values("Vary")) > 1 || got.Has("Vary") != (c.want != "") || got.Get("A") != "1" {
			t.Errorf("%q %+v: %v, want %q", c.values, c.policy, got, c.want)
		}
	}
}

func TestHeader(t *testing.T) {
	h := Header{{"A", "1"}, {"B", "2"}, {"a", "3"}}
	if h.Get("a") != "1" || h.Joined("A") != "1, 3" || !h.Has("b") || h.Has("c") || h.Values("c") != nil {
		t.Error("look-ups")
	}
	if got := h.Clone().Set("a", "9"); !reflect.DeepEqual(got, Header{{"A", "9"}, {"B", "2"}}) {
		t.Errorf("Set: %v", got)
	}
	if got := h.Clone().Del("A"); !reflect.DeepEqual(got, Header{{"B", "2"}}) {
		t.Errorf("Del: %v", got)
	}
	for list, want := range map[string]string{"": "Accept-Encoding", "Origin": "Origin, Accept-Encoding", "*": "*", "accept-encoding": "accept-encoding"} {
		h := Header{}
		if list != "" {
			h = h.Add("Vary", list)
		}
		if got := AddVary(h, "Accept-Encoding").Get("Vary"); got != want {
			t.Errorf("AddVary to %q: %q", list, got)
		}
	}
}
