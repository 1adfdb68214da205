package httpcache

import (
	"testing"
	"time"
)

// RFC 9211, section 2.
func TestAppendStatus(t *testing.T) {
	for want, h := range map[string]Handling{
		"C; hit; ttl=30":                        {Hit: true, HasTTL: true, TTL: 30*time.Second + time.Millisecond},
		"C; hit; ttl=-3; detail=stale-on-error": {Hit: true, HasTTL: true, TTL: -2500 * time.Millisecond, Detail: ReasonStaleOnError},
		"C; hit; ttl=-2":                        {Hit: true, HasTTL: true, TTL: -2 * time.Second},
		"C; fwd=uri-miss; fwd-status=200; stored; collapsed; ttl=0": {Forward: ForwardMiss, Status: 200, Stored: true, Collapsed: true, HasTTL: true},
		"C; fwd=method": {Forward: ForwardMethod},
		"C":             {},
	} {
		if got := string(AppendStatus(nil, "C", &h)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if members, ok := ParseDictionary("c=" + want); !ok || len(members) != 1 {
			t.Errorf("%q is no structured field", want)
		}
	}
}
