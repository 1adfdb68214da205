package httpcache

import (
	"net/http"
	"reflect"
	"testing"
)

func variant(vary string, fields http.Header) string {
	return string(AppendVariant([]byte("key"), VaryNames(Header{{"Vary", vary}}), func(name string) []string { return fields[http.CanonicalHeaderKey(name)] }))
}

// RFC 9111, section 4.1.
func TestVariant(t *testing.T) {
	h := func(pairs ...string) http.Header {
		out := http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			out.Add(pairs[i], pairs[i+1])
		}
		return out
	}
	for _, c := range []struct {
		name string
		vary string
		a, b http.Header
		same bool
	}{
		{"equal", "Foo", h("Foo", "1"), h("Foo", "1"), true},
		{"other value", "Foo", h("Foo", "1"), h("Foo", "2"), false},
		{"absent", "Foo", h("Foo", "1"), h(), false},
		{"absent is not empty", "Foo", h("Foo", ""), h(), false},
		{"both absent", "Foo", h("Bar", "1"), h("Bar", "2"), true},
		{"lines combined", "Foo", h("Foo", "1", "Foo", "2"), h("Foo", "1, 2"), true},
		{"blanks around commas", "Foo", h("Foo", " 1 ,\t2 "), h("Foo", "1,2"), true},
		{"commas in strings", "Foo", h("Foo", `"1, 2"`), h("Foo", `"1,2"`), false},
		{"order", "Foo", h("Foo", "1, 2"), h("Foo", "2, 1"), false},
		{"case", "Foo", h("Foo", "a"), h("Foo", "A"), false},
		{"languages in any order", "Accept-Language", h("Accept-Language", "en, de;q=0.5"), h("Accept-Language", "DE; q=0.5,en"), true},
		{"other languages", "Accept-Language", h("Accept-Language", "en"), h("Accept-Language", "en, de"), false},
		{"borders", "A, B", h("A", "1", "B", "2 3"), h("A", "1 2", "B", "3"), false},
		{"a value like a key", "A, B", h("A", "1 1:b:1:2"), h("A", "1", "B", "2"), false},
	} {
		if got := variant(c.vary, c.a) == variant(c.vary, c.b); got != c.same {
			t.Errorf("%s: same %v, want %v: %q %q", c.name, got, c.same, variant(c.vary, c.a), variant(c.vary, c.b))
		}
	}
	if got := VaryNames(Header{{"Vary", "foo, Bar"}, {"vary", ", BAR, *"}}); !reflect.DeepEqual(got, []string{"*", "bar", "foo"}) {
		t.Errorf("names %q", got)
	}
}

// RFC 9111, section 4.4.
func TestInvalidation(t *testing.T) {
	for _, c := range []struct {
		method string
		status int
		want   bool
	}{
		{"POST", 200, true},
		{"PUT", 204, true},
		{"DELETE", 303, true},
		{"PATCH", 201, true},
		{"M-SEARCH", 200, true},
		{"get", 200, true},
		{"POST", 400, false},
		{"POST", 503, false},
		{"GET", 200, false},
		{"HEAD", 200, false},
		{"OPTIONS", 200, false},
		{"TRACE", 200, false},
	} {
		if got := Invalidates(c.method, c.status); got != c.want {
			t.Errorf("%s %d: %v", c.method, c.status, got)
		}
	}
	for _, c := range []struct {
		base, location string
		want           []string
	}{
		{"/a/b?x", "c", []string{"/a/c"}},
		{"/a/b", "/c?d=%20", []string{"/c?d=%20"}},
		{"/a/b", "", nil},
		{"/a/b", "?y", []string{"/a/b?y"}},
		{"/a/b", "../c", []string{"/c"}},
		{"/a/b", "http://viewer.example:80/c", []string{"/c"}},
		{"/a/b", "https://Origin.example/c%2Fd", []string{"/c%2Fd"}},
		{"/a/b", "http://elsewhere.example/c", nil},
		{"/a/b", "//elsewhere.example/c", nil},
		{"/a/b", "mailto:x", nil},
		{"/a/b", "%zz", nil},
	} {
		got := InvalidatedTargets(c.base, Header{{"Location", c.location}}, "viewer.example:80", "origin.example")
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s -> %s: %q, want %q", c.base, c.location, got, c.want)
		}
	}
	both := InvalidatedTargets("/a", Header{{"Location", "b"}, {"Content-Location", "c"}})
	if !reflect.DeepEqual(both, []string{"/b", "/c"}) {
		t.Errorf("%q", both)
	}
}

// RFC 9111, section 5.2.1.
func TestRequestControl(t *testing.T) {
	for in, want := range map[string]RequestControl{
		"":                                    {},
		"no-cache, max-age=0, max-stale":      {},
		"No-Store":                            {NoStore: true},
		"only-if-cached, max-stale=3":         {OnlyIfCached: true},
		`x="no-store, only-if-cached"`:        {},
		"no-store=1":                          {},
		"max-age=1 , only-if-cached,no-store": {NoStore: true, OnlyIfCached: true},
	} {
		if got := ParseRequestControl([]string{in}); got != want {
			t.Errorf("%q: %+v, want %+v", in, got, want)
		}
	}
}
