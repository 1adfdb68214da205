package h2

import (
	"encoding/binary"
	"slices"
	"strings"

	"golang.org/x/net/http2/hpack"
)

// The Huffman code of RFC 7541, appendix B, for decoding by table. Signed URLs are long and
// arrive in this code: decoding is a good part of what a request costs.
//
// The code is canonical: codes of a length follow each other in the order of their symbols.
type huffman struct {
	short   [1 << shortBits]pair // by the next bits
	first   [maxCodeBits + 1]uint32
	count   [maxCodeBits + 1]uint32
	base    [maxCodeBits + 1]int // of a length's symbols in symbols
	symbols [256]byte            // by length, then code
}

// pair is what the next shortBits bits begin with: one code or two, if they fit; 0 bits: a
// longer code.
type pair struct {
	a, b byte
	bits uint8 // of both
	n    uint8
}

const (
	shortBits   = 12
	maxCodeBits = 30
)

var huffmanCode = newHuffman()

// newHuffman learns the code from x/net's encoder: eight times a symbol is as many bytes as
// its code has bits.
func newHuffman() *huffman {
	h := &huffman{}
	var length [256]int
	for sym := range 256 {
		length[sym] = int(hpack.HuffmanEncodeLength(strings.Repeat(string([]byte{byte(sym)}), 8)))
	}
	n := 0
	for bits := 1; bits <= maxCodeBits; bits++ {
		h.base[bits] = n
		for sym := range 256 {
			if length[sym] != bits {
				continue
			}
			var padded [8]byte
			copy(padded[:], hpack.AppendHuffmanString(nil, string([]byte{byte(sym)})))
			code := uint32(binary.BigEndian.Uint64(padded[:]) >> (64 - bits))
			if h.count[bits] == 0 {
				h.first[bits] = code
			}
			h.count[bits]++
			h.symbols[n] = byte(sym)
			n++
			if bits <= shortBits {
				low := code << (shortBits - bits)
				for i := range uint32(1) << (shortBits - bits) {
					h.short[low+i] = pair{a: byte(sym), bits: uint8(bits), n: 1}
				}
			}
		}
	}
	h.addSeconds()
	return h
}

// addSeconds finds the entries with room for another code.
func (h *huffman) addSeconds() {
	single := h.short
	for i, first := range single {
		second := single[i<<first.bits&(1<<shortBits-1)]
		if first.n == 1 && second.n == 1 && first.bits+second.bits <= shortBits {
			h.short[i] = pair{first.a, second.a, first.bits + second.bits, 2}
		}
	}
}

// decode appends what src stands for to dst, and reports whether it is valid: the padding
// must be less than a byte of ones (RFC 7541, 5.2).
func (h *huffman) decode(dst, src []byte) ([]byte, bool) {
	dst = slices.Grow(dst, len(src)*8/5+2) // no code is shorter than five bits
	n, out := len(dst), dst[:cap(dst)]
	var acc uint64 // the next bits, at its top
	have := 0
	for {
		if len(src) >= 8 {
			acc |= binary.BigEndian.Uint64(src) >> have
			src = src[(63-have)>>3:]
			have |= 56
		}
		for have <= 56 && len(src) > 0 {
			acc |= uint64(src[0]) << (56 - have)
			src = src[1:]
			have += 8
		}
		for have >= shortBits {
			e := h.short[acc>>(64-shortBits)]
			if e.n == 0 {
				break
			}
			out[n], out[n+1] = e.a, e.b
			n += int(e.n)
			acc <<= e.bits & 63
			have -= int(e.bits)
		}
		if len(src) > 0 && have < maxCodeBits {
			continue
		}
		bits, sym := h.long(acc)
		if bits == 0 || bits > have {
			return out[:n], have < 8 && acc == ^uint64(0)<<(64-have)
		}
		out[n] = sym
		n++
		acc <<= bits
		have -= bits
	}
}

// long finds the code that acc begins with, of any length; 0 bits: there is none.
func (h *huffman) long(acc uint64) (bits int, sym byte) {
	for bits = 5; bits <= maxCodeBits; bits++ {
		code := uint32(acc >> (64 - bits))
		if d := code - h.first[bits]; d < h.count[bits] {
			return bits, h.symbols[h.base[bits]+int(d)]
		}
	}
	return 0, 0
}
