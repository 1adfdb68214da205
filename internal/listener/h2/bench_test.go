package h2

import (
	"strings"
	"testing"

	"golang.org/x/net/http2/hpack"
)

// signedPath is as long as signed URLs are.
const signedPath = "/films/one/segment-00042.ts?Expires=1893456000&Signature=Kx3~jPq0yY2mV8sQh1dN7bLwR4tZc6Xf9GaJ5uEoBiTnWlMkHvSgDpFrCzAxQyO" +
	"2eU7hKj3nLb8mVc5xZs1aQw4eRt6yUi9oPl0kJhGfDsAzXcVbNm~QwErTyUiOpAsDfGhJkLzXcVbNm1234567890qwertyuiopasdfghjklzxcvbnmQWERTYUIOPASDFGHJKLZXCVBNM-" +
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789~~__&Key-Pair-Id=K2JCJMDEHXQW5F"

func BenchmarkHuffman(b *testing.B) {
	coded := hpack.AppendHuffmanString(nil, signedPath)
	var dst []byte
	b.SetBytes(int64(len(signedPath)))
	b.ReportAllocs()
	for b.Loop() {
		var ok bool
		if dst, ok = huffmanCode.decode(dst[:0], coded); !ok {
			b.Fatal("invalid")
		}
	}
}

func BenchmarkHuffmanReference(b *testing.B) {
	coded := hpack.AppendHuffmanString(nil, signedPath)
	b.SetBytes(int64(len(signedPath)))
	for b.Loop() {
		var to strings.Builder
		hpack.HuffmanDecode(&to, coded)
	}
}
