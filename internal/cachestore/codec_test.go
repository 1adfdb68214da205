package cachestore

import (
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/httpcache"
)

// everything is a head and a target with a value in each member.
func everything() (*Head, Target) {
	return &Head{
		Status: 200, ETag: `"e"`, LastModified: "lm", Date: "d", Encoding: "br", Tags: []string{"t", "u"},
		Fields:     httpcache.Header{{Name: "N", Value: "v"}},
		Validators: httpcache.Validators{ETag: `"o"`, LastModified: "ol"},
		Freshness: httpcache.Freshness{
			RequestTime: time.Unix(1, 0), ResponseTime: time.Unix(2, 0), InitialAge: 3, FreshFor: 4, StaleWhileRevalidate: 5,
			StaleIfError: 6, HasStaleIfError: true, NoStaleOnError: true, GraceUntil: time.Unix(7, 0), GraceReason: "g",
		},
	}, Target{DistributionID: "E", Path: "/p", Query: "q"}
}

// What earlier versions have written must stay readable, or codecVersion change.
func TestHeadOnDisk(t *testing.T) {
	h, target := everything()
	b := encodeHead(h, target)
	const golden = "02900302014e017603226522026c6d016403226f22026f6c02627204017401" +
		"7580a8d6b90780d0acf30e06080a0c02028098dc933401670145022f700171"
	got, gotTarget, err := decodeHead(b)
	if err != nil || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", h) || gotTarget != target {
		t.Fatalf("%+v %+v %v", got, gotTarget, err)
	}
	for n := range b {
		if _, _, err := decodeHead(b[:n]); err == nil {
			t.Fatalf("%d of %d bytes are a head", n, len(b))
		}
	}
	if text := hex.EncodeToString(b); text != golden {
		t.Fatalf("encoded as\n%s, want\n%s", text, golden)
	}
}

func FuzzDecodeHead(f *testing.F) {
	f.Add(encodeHead(everything()))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, target, err := decodeHead(b)
		if err != nil {
			return
		}
		again, againTarget, err := decodeHead(encodeHead(h, target))
		if err != nil || fmt.Sprintf("%+v", again) != fmt.Sprintf("%+v", h) || againTarget != target {
			t.Fatalf("%+v is not %+v: %v", again, h, err)
		}
	})
}
