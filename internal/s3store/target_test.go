package s3store

import (
	"net/url"
	"strings"
	"testing"
)

func TestLocate(t *testing.T) {
	hosts := virtualHosts{"localhost", "s3.amazonaws.com"}
	tests := []struct{ host, target, bucket, key string }{
		{"127.0.0.1:4480", "/", "", ""},
		{"127.0.0.1:4480", "/b", "b", ""},
		{"127.0.0.1:4480", "/b/", "b", ""},
		{"127.0.0.1:4480", "/b//", "b", "/"},
		{"127.0.0.1:4480", "/b?list-type=2", "b", ""},
		{"127.0.0.1:4480", "/b/k?x=/y", "b", "k"},
		{"127.0.0.1:4480", "//b/k", "", "b/k"},
		{"127.0.0.1:4480", "//host/b://k", "", "host/b://k"},
		{"127.0.0.1:4480", "http://elsewhere/b/k?q", "b", "k"},
		{"127.0.0.1:4480", "http://elsewhere?q", "", ""},
		{"127.0.0.1:4480", "/b/../c", "b", "../c"},
		{"127.0.0.1:4480", "/b/%2e%2E/c", "b", "../c"},
		{"127.0.0.1:4480", "/b/a%2Fb", "b", "a/b"},
		{"127.0.0.1:4480", "/b/a%252Fb", "b", "a%2Fb"},
		{"127.0.0.1:4480", "/b%2Fk", "b/k", ""},
		{"127.0.0.1:4480", "/b/a+b%2Bc%20d", "b", "a+b+c d"},
		{"127.0.0.1:4480", "/b/%00%ff", "b", "\x00\xff"},
		{"127.0.0.1:4480", "/b/./k", "b", "./k"},
		{"127.0.0.1:4480", `/b/a\b`, "b", `a\b`},
		{"b.localhost:4480", "/k", "b", "k"},
		{"b.localhost", "/", "b", ""},
		{"b.localhost", "//k", "b", "/k"},
		{"b.localhost", "/b/k", "b", "b/k"},
		{"localhost:4480", "/b/k", "b", "k"},
		{"s3.localhost", "/b/k", "b", "k"},
		{"b.s3.localhost", "/k", "b", "k"},
		{"s3.us-west-2.localhost", "/b/k", "b", "k"},
		{"b.s3.us-west-2.localhost", "/k", "b", "k"},
		{"b.s3.amazonaws.com", "/k", "b", "k"},
		{"b.s3.amazonaws.com.", "/k", "b", "k"},
		{"b.s3-us-west-2.amazonaws.com", "/k", "b", "k"},
		{"b.s3.dualstack.us-west-2.amazonaws.com", "/k", "b", "k"},
		{"a.b.s3.amazonaws.com", "/k", "a.b", "k"},
		{"my.s3.bucket.s3.amazonaws.com", "/k", "my.s3.bucket", "k"},
		{"s3.us-west-2.amazonaws.com", "/b/k", "b", "k"},
		{"s3.amazonaws.com", "/b/k", "b", "k"},
		{"ec2.amazonaws.com", "/b/k", "b", "k"},
		{"notlocalhost", "/b/k", "b", "k"},
		{"[::1]:4480", "/b/k", "b", "k"},
	}
	for _, tt := range tests {
		got, err := locate(tt.host, tt.target, "", hosts)
		if err != nil || got.bucket != tt.bucket || got.key != tt.key {
			t.Errorf("locate(%q, %q) = %q, %q, %v, want %q, %q", tt.host, tt.target, got.bucket, got.key, err, tt.bucket, tt.key)
		}
	}
	for _, bad := range []string{"", "*", "b/k", "/b/%", "/b/%4", "/b/%zz", "/b/k#f", "/%gg/k", "/b/" + strings.Repeat("k", MaxKeyBytes+1)} {
		if got, err := locate("127.0.0.1", bad, "", hosts); err == nil {
			t.Errorf("locate(%q) = %+v, want an error", bad, got)
		}
	}
}

// FuzzLocate holds the promise that keys are opaque: what a client that escapes
// a key once asks for is that key and no other, and two request paths lead to
// one key only if they are escapes of it.
func FuzzLocate(f *testing.F) {
	for _, seed := range []string{"a", "a/b", "//x", "../../x", "%2e", "a%", "\x00\xff", "a?b#c", "http://x/y"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, key, raw string) {
		if key != "" && len(key) <= MaxKeyBytes {
			for _, escaped := range []string{escapeKey(key), strings.ReplaceAll(url.QueryEscape(key), "+", "%20")} {
				got, err := locate("h", "/bucket/"+escaped, "", nil)
				if err != nil || got.bucket != "bucket" || got.key != key {
					t.Fatalf("key %q escaped as %q became %q, %v", key, escaped, got.key, err)
				}
			}
		}
		got, err := locate("h", "/bucket/"+raw, "", nil)
		if err != nil {
			return
		}
		path, _, _ := strings.Cut(raw, "?")
		want, err := url.PathUnescape(path)
		if err != nil || got.key != want {
			t.Fatalf("path %q became key %q, want %q (%v)", raw, got.key, want, err)
		}
	})
}
