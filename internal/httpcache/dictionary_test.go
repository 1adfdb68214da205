package httpcache

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// RFC 9651, sections 3.2 and 4.2.
func TestParseDictionary(t *testing.T) {
	on := func(key string) Member { return Member{Key: key, Kind: BooleanItem, Integer: 1} }
	for in, want := range map[string][]Member{
		"":                    nil,
		"  ":                  nil,
		"a":                   {on("a")},
		" a ":                 {on("a")},
		"a, b":                {on("a"), on("b")},
		"a ,\tb":              {on("a"), on("b")},
		"a=1":                 {{"a", IntegerItem, 1}},
		"a=-15":               {{"a", IntegerItem, -15}},
		"a=999999999999999":   {{"a", IntegerItem, 999999999999999}},
		"a=1.5":               {{"a", OtherItem, 0}},
		"a=?0, b=?1":          {{"a", BooleanItem, 0}, on("b")},
		"a=1, b, a=2":         {{"a", IntegerItem, 2}, on("b")},
		"a;x;y=1;z=?0, b":     {on("a"), on("b")},
		"a=1; x":              {{"a", IntegerItem, 1}},
		"a=tok/en:1*":         {{"a", OtherItem, 0}},
		"a=*tok":              {{"a", OtherItem, 0}},
		`a="x, \"\\ y"`:       {{"a", OtherItem, 0}},
		"a=:aGk=:":            {{"a", OtherItem, 0}},
		"a=@1659578233":       {{"a", OtherItem, 0}},
		`a=%"f%c3%bc"`:        {{"a", OtherItem, 0}},
		"a=()":                {{"a", OtherItem, 0}},
		"a=( 1 \"x\";p y );q": {{"a", OtherItem, 0}},
		"*k-_.1=1":            {{"*k-_.1", IntegerItem, 1}},
	} {
		if got, ok := ParseDictionary(in); !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v %v, want %v", in, got, ok, want)
		}
	}
	for _, in := range []string{
		",", "a,", "a,,b", "a b", "A", "1", "a=", "a =1", "a= 1", "a=1000000000000000", "a=1.", "a=1.2345", "a=1234567890123.1", "a=-",
		`a="`, `a="\x"`, "a=\"\x7f\"", "a=:x", "a=?2", "a=?", "a=@x", "a=@1.5", `a=%x`, `a=%"`, `a=%"%C3"`, `a=%"%c`, "a=(1", "a=(1\"x\")", "a=(", "a;", "a;X", "a;x=", "a=&&&", "max-age=10, &&&&&", "é=1",
	} {
		if got, ok := ParseDictionary(in); ok {
			t.Errorf("%q was read as %v", in, got)
		}
	}
}

// RFC 9213, section 2.1.
func TestParseTargeted(t *testing.T) {
	seconds := func(n int) Seconds { return Seconds{Value: time.Duration(n) * time.Second, Set: true} }
	for in, want := range map[string]CacheControl{
		"max-age=60":                            {Present: true, MaxAge: seconds(60)},
		"max-age=60;x=1":                        {Present: true, MaxAge: seconds(60)},
		"max-age=-1":                            {Present: true, MaxAge: seconds(0)},
		`max-age="60"`:                          {Present: true},
		"max-age":                               {Present: true},
		"max-age=6.5":                           {Present: true},
		"max-age=1, max-age=2":                  {Present: true, MaxAge: seconds(2)},
		"s-maxage=5, public, no-transform":      {Present: true, SMaxAge: seconds(5), Public: true, NoTransform: true},
		"no-store=?0, public=?0, foo":           {Present: true},
		"no-store, no-cache, private":           {Present: true, NoStore: true, NoCache: true, Private: true},
		`no-store=1, no-cache="a"`:              {Present: true, NoStore: true, NoCache: true},
		"public=1, must-understand=tok":         {Present: true},
		"must-revalidate, proxy-revalidate":     {Present: true, MustRevalidate: true, ProxyRevalidate: true},
		"stale-if-error=1, must-understand":     {Present: true, StaleIfError: seconds(1), MustUnderstand: true},
		"stale-while-revalidate=99999999999999": {Present: true, StaleWhileRevalidate: seconds(maxSeconds)},
	} {
		if got, ok := ParseTargeted([]string{in}); !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v %v, want %+v", in, got, ok, want)
		}
	}
	for _, in := range [][]string{nil, {""}, {"", " "}, {"max-age=1, &"}, {"Max-Age=1"}} {
		if got, ok := ParseTargeted(in); ok {
			t.Errorf("%q was read as %+v", in, got)
		}
	}
	if got, ok := ParseTargeted([]string{"max-age=1", "private"}); !ok || !got.Private || !got.MaxAge.Set {
		t.Errorf("two lines: %+v %v", got, ok)
	}
}

// Edge Architecture Specification, 2.2.
func TestParseSurrogate(t *testing.T) {
	seconds := func(n int) Seconds { return Seconds{Value: time.Duration(n) * time.Second, Set: true} }
	for in, want := range map[string]CacheControl{
		`content="ESI/1.0", Max-Age=60`:     {Present: true, MaxAge: seconds(60)},
		"max-age=60+30":                     {Present: true, MaxAge: seconds(60)},
		"max-age=x":                         {Present: true, MaxAge: seconds(0)},
		"max-age=60, max-age=5":             {Present: true, MaxAge: seconds(5)},
		"no-store":                          {Present: true, NoStore: true},
		"no-store-remote":                   {Present: true, NoStore: true},
		"max-age=5, max-age=60;warmfront":   {Present: true, MaxAge: seconds(60)},
		"no-store;other, max-age=5":         {Present: true, MaxAge: seconds(5)},
		"max-age=60, no-store ; warmfront ": {Present: true, NoStore: true},
	} {
		if got, ok := ParseSurrogate([]string{in}); !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v %v, want %+v", in, got, ok, want)
		}
	}
	for _, in := range [][]string{nil, {""}, {`content="ESI/1.0"`}, {"max-age=60;other", "no-store;another"}} {
		if got, ok := ParseSurrogate(in); ok {
			t.Errorf("%q was read as %+v", in, got)
		}
	}
}

func FuzzParseDictionary(f *testing.F) {
	for _, seed := range []string{"", "a=1, b;c=?0", `a="x", b=(1 2);q`, "max-age=10, &&&&&", `a=%"%c3%bc", b=@1, c=:aGk=:`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		members, ok := ParseDictionary(s)
		if !ok && members != nil {
			t.Errorf("%q: members beside a refusal", s)
		}
		for _, m := range members {
			if !strings.Contains(s, m.Key) || m.Key == "" {
				t.Errorf("%q: a key %q from nowhere", s, m.Key)
			}
		}
		again, ok2 := ParseDictionary(" " + s + " ")
		if ok != ok2 || !reflect.DeepEqual(members, again) {
			t.Errorf("%q: blanks around it matter", s)
		}
	})
}
