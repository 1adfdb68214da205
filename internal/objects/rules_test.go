package objects

import (
	"testing"
	"time"
)

func TestReadConditions(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)
	v := &version{ETag: "abc", Modified: at}
	same, earlier, later := at.Truncate(time.Second), at.Add(-time.Hour), at.Add(time.Hour)
	s := func(v string) *string { return &v }
	for _, c := range []struct {
		name string
		cond conditions
		want string
	}{
		{"none", conditions{}, ""},
		{"match", conditions{IfMatch: s("abc")}, ""},
		{"match quoted in list", conditions{IfMatch: s(`"x", "abc"`)}, ""},
		{"match any", conditions{IfMatch: s("*")}, ""},
		{"match fails", conditions{IfMatch: s("x")}, "PreconditionFailed"},
		{"none match hit", conditions{IfNoneMatch: s("abc")}, "NotModified"},
		{"none match weak hit", conditions{IfNoneMatch: s(`W/"abc"`)}, "NotModified"},
		{"none match any", conditions{IfNoneMatch: s("*")}, "NotModified"},
		{"none match misses", conditions{IfNoneMatch: s("x")}, ""},
		{"modified since before", conditions{IfModifiedSince: &earlier}, ""},
		{"modified since the same second", conditions{IfModifiedSince: &same}, "NotModified"},
		{"modified since after", conditions{IfModifiedSince: &later}, "NotModified"},
		{"unmodified since before", conditions{IfUnmodifiedSince: &earlier}, "PreconditionFailed"},
		{"unmodified since the same second", conditions{IfUnmodifiedSince: &same}, ""},
		{"match true, unmodified false", conditions{IfMatch: s("abc"), IfUnmodifiedSince: &earlier}, ""},
		{"none match false, modified true", conditions{IfNoneMatch: s("abc"), IfModifiedSince: &earlier}, "NotModified"},
		{"none match true, modified false", conditions{IfNoneMatch: s("x"), IfModifiedSince: &later}, ""},
		{"match true, none match false", conditions{IfMatch: s("abc"), IfNoneMatch: s("abc")}, "NotModified"},
		{"match false, none match false", conditions{IfMatch: s("x"), IfNoneMatch: s("abc")}, "PreconditionFailed"},
		{"unmodified false, none match false", conditions{IfUnmodifiedSince: &earlier, IfNoneMatch: s("abc")}, "PreconditionFailed"},
	} {
		if got := errorCode(c.cond.checkRead(v)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		want := c.want
		if want == "NotModified" {
			want = "PreconditionFailed"
		}
		if got := errorCode(c.cond.checkCopy(v)); got != want {
			t.Errorf("%s, copying: got %q, want %q", c.name, got, want)
		}
	}
}

func TestWriteConditions(t *testing.T) {
	t.Parallel()
	v, marker := &version{ETag: "abc"}, &version{DeleteMarker: true}
	s := func(v string) *string { return &v }
	for _, c := range []struct {
		name    string
		cond    conditions
		current *version
		want    string
	}{
		{"none", conditions{}, v, ""},
		{"if none, exists", conditions{IfNoneMatch: s("*")}, v, "PreconditionFailed"},
		{"if none, missing", conditions{IfNoneMatch: s("*")}, nil, ""},
		{"if none, deleted", conditions{IfNoneMatch: s("*")}, marker, ""},
		{"if none of an etag", conditions{IfNoneMatch: s("abc")}, v, "NotImplemented"},
		{"if match", conditions{IfMatch: s("abc")}, v, ""},
		{"if match differs", conditions{IfMatch: s("x")}, v, "PreconditionFailed"},
		{"if match, missing", conditions{IfMatch: s("abc")}, nil, "NoSuchKey"},
		{"if match, deleted", conditions{IfMatch: s("abc")}, marker, "NoSuchKey"},
		{"both", conditions{IfMatch: s("abc"), IfNoneMatch: s("*")}, v, "NotImplemented"},
	} {
		if got := errorCode(c.cond.checkWrite(c.current)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestParseRange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		header string
		size   int64
		want   span
		code   string
	}{
		{"", 10, span{0, 10, false}, ""},
		{"bytes=0-0", 10, span{0, 1, true}, ""},
		{"bytes=2-4", 10, span{2, 3, true}, ""},
		{"bytes=2-", 10, span{2, 8, true}, ""},
		{"bytes=-3", 10, span{7, 3, true}, ""},
		{"bytes=-30", 10, span{0, 10, true}, ""},
		{"bytes=0-99", 10, span{0, 10, true}, ""},
		{"bytes=9-9223372036854775807", 10, span{9, 1, true}, ""},
		{"bytes=9-92233720368547758070", 10, span{9, 1, true}, ""},
		{"bytes=10-", 10, span{}, "InvalidRange"},
		{"bytes=10-20", 10, span{}, "InvalidRange"},
		{"bytes=92233720368547758070-", 10, span{}, "InvalidRange"},
		{"bytes=-0", 10, span{}, "InvalidRange"},
		{"bytes=0-", 0, span{}, "InvalidRange"},
		{"bytes=-5", 0, span{}, "InvalidRange"},
		{"bytes=4-2", 10, span{0, 10, false}, ""},
		{"bytes=0-1,3-4", 10, span{0, 10, false}, ""},
		{"bytes=-", 10, span{0, 10, false}, ""},
		{"bytes=", 10, span{0, 10, false}, ""},
		{"bytes=a-b", 10, span{0, 10, false}, ""},
		{"bytes=+1-2", 10, span{0, 10, false}, ""},
		{"bytes=1--2", 10, span{0, 10, false}, ""},
		{"items=0-1", 10, span{0, 10, false}, ""},
	} {
		got, err := parseRange(c.header, c.size)
		if got != c.want || errorCode(err) != c.code {
			t.Errorf("%q of %d: got %+v %q, want %+v %q", c.header, c.size, got, errorCode(err), c.want, c.code)
		}
	}
}

func TestParseCopyRange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		header string
		want   span
		code   string
	}{
		{"", span{0, 10, false}, ""},
		{"bytes=0-9", span{0, 10, true}, ""},
		{"bytes=3-3", span{3, 1, true}, ""},
		{"bytes=3-", span{}, "InvalidArgument"},
		{"bytes=-3", span{}, "InvalidArgument"},
		{"bytes=0-10", span{}, "InvalidArgument"},
		{"bytes=5-4", span{}, "InvalidArgument"},
		{"0-4", span{}, "InvalidArgument"},
	} {
		got, err := parseCopyRange(c.header, 10)
		if got != c.want || errorCode(err) != c.code {
			t.Errorf("%q: got %+v %q, want %+v %q", c.header, got, errorCode(err), c.want, c.code)
		}
	}
}

func FuzzRange(f *testing.F) {
	for _, s := range []string{"bytes=0-1", "bytes=-5", "bytes=3-", "bytes=1-2,3-4", "bytes=99999999999999999999-"} {
		f.Add(s, int64(10))
	}
	f.Fuzz(func(t *testing.T, header string, size int64) {
		if size < 0 {
			return
		}
		r, err := parseRange(header, size)
		if err == nil && (r.Offset < 0 || r.Length < 0 || r.Offset+r.Length > size || r.Partial && r.Length == 0) {
			t.Fatalf("%q of %d: %+v", header, size, r)
		}
	})
}

func FuzzContinuationToken(f *testing.F) {
	f.Add("")
	f.Add(newToken("a/b"))
	f.Add("MQ")
	f.Fuzz(func(t *testing.T, token string) {
		if last, err := parseToken(token); err == nil && newToken(last) != token {
			// Base64 has several spellings of trailing bits; they must mean the same.
			if again, err := parseToken(newToken(last)); err != nil || again != last {
				t.Fatalf("token %q: %q, then %q %v", token, last, again, err)
			}
		}
		if last, err := parseToken(newToken(token)); token != "" && len(token) <= maxKey && (err != nil || last != token) {
			t.Fatalf("own token of %q: %q %v", token, last, err)
		}
	})
}

func TestStoredEncodingDropsAWSChunked(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "gzip": "gzip", "aws-chunked": "", "gzip,aws-chunked": "gzip", "aws-chunked, gzip": "gzip", "gzip, br": "gzip,br",
	} {
		if got := storedEncoding(&in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
