package edge

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/warmfront/warmfront/signedurl"
)

func TestKeyUse(t *testing.T) {
	t.Parallel()
	w := private(t, Options{}, nil)
	if got := w.edge.KeyUse(); len(got) != 0 {
		t.Errorf("nothing was asked: %v", got)
	}
	late := w.now.Add(48 * time.Hour)
	w.admitted(w.sign("/private/x", signedurl.Policy{Expires: late}))
	w.admitted(w.sign("/private/x", signedurl.Policy{}))
	w.admitted("/x")                                                                                 // public
	w.do(get(w.sign("/private/x", signedurl.Policy{Expires: w.now})))                                // expired
	w.do(get(strings.Replace(w.sign("/private/x", signedurl.Policy{}), "APKATEST", "APKAOTHER", 1))) // unknown
	w.do(get("/private/x?Expires=2000000000&Signature=AAAA&Key-Pair-Id=APKATEST"))                   // forged
	got := w.edge.KeyUse()
	want := KeyUse{Requests: 2, LastSeen: w.now.UTC(), LatestExpiry: late.UTC()}
	if len(got) != 1 || got["APKATEST"] != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestCountingKeyUseAllocatesNothing(t *testing.T) {
	var u usage
	now := time.Now()
	if n := testing.AllocsPerRun(100, func() { u.note("APKATEST", 3, now, now) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestUsageIsCountedByMany(t *testing.T) {
	t.Parallel()
	var u usage
	var all sync.WaitGroup
	now := time.Unix(1000, 0)
	for i := range 8 {
		all.Go(func() {
			for range 1000 {
				u.note("K", uint32(i), now, now)
			}
		})
	}
	all.Wait()
	e := &Edge{}
	e.usage.keys.Store(u.keys.Load())
	if got := e.KeyUse()["K"].Requests; got != 8000 {
		t.Errorf("%d requests", got)
	}
	for i := range maxUsedKeys + 10 {
		u.find(strings.Repeat("x", i+1))
	}
	if n := len(*u.keys.Load()); n != maxUsedKeys {
		t.Errorf("%d keys", n)
	}
}

func BenchmarkKeyUse(b *testing.B) {
	var u usage
	now := time.Now()
	b.RunParallel(func(pb *testing.PB) {
		stripe := uint32(time.Now().UnixNano())
		for pb.Next() {
			u.note("APKA0123456789ABCDEF", stripe, now, now)
		}
	})
}
