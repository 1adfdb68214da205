package edge

import (
	"encoding/binary"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/warmfront/warmfront/signedurl"
)

// BenchmarkForged is the refusal of a forged signature, by one request at a time and by many
// that have to take turns.
func BenchmarkForged(b *testing.B) {
	key := memoKey(b)
	signature := make([]byte, 256)
	m := &signedurl.Message{Policy: make([]byte, 150), Signature: signature}
	b.Run("signature", func(b *testing.B) {
		for b.Loop() {
			if m.VerifySignature(key) == nil {
				b.Fatal("verified")
			}
		}
	})
	for name, parallel := range map[string]int{"alone": 1, "many": 64} {
		b.Run(name, func(b *testing.B) {
			e := New(Deps{}, Options{})
			var n atomic.Uint64
			b.SetParallelism(parallel)
			b.RunParallel(func(pb *testing.PB) {
				x := newExchange(e)
				x.req = &get("/").Request
				forged := &signedurl.Message{Policy: m.Policy, Signature: []byte(strings.Repeat("x", 256))}
				for pb.Next() {
					binary.BigEndian.PutUint64(forged.Signature[100:], n.Add(1))
					if e.verifySignature(x, forged, key) == nil {
						b.Error("verified")
					}
				}
			})
		})
	}
}
