// Package trace replays traces of requests against the cache and against well-known eviction
// policies, and makes traces like those a content delivery network sees. It measures; it serves
// nothing. `go run ./internal/trace/replay -h` is its command.
package trace

import (
	"bufio"
	"fmt"
	"hash/fnv"
	"io"
	"strconv"
	"strings"
)

// Object is what a request is for. The same id with another size is another object: it has
// changed, and what was stored of it is of no use.
type Object struct {
	ID   uint64
	Size int64 // bytes of the body
}

// Request is one line of a trace.
type Request struct {
	Time int64 // seconds
	Object
}

// Read reads a trace in the simple form: a line "time id size" for each request, separated by
// blanks. Ids that are no numbers are hashed. It fails at the first line that is not of that form.
func Read(r io.Reader) ([]Request, error) {
	var out []Request
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		words := strings.Fields(lines.Text())
		if len(words) == 0 {
			continue
		}
		if len(words) < 3 {
			return nil, fmt.Errorf("line %d: want time, id and size", n)
		}
		at, err := strconv.ParseFloat(words[0], 64)
		if err != nil {
			return nil, fmt.Errorf("line %d: time: %w", n, err)
		}
		size, err := strconv.ParseInt(words[2], 10, 64)
		if err != nil || size < 0 {
			return nil, fmt.Errorf("line %d: size %q is no number of bytes", n, words[2])
		}
		out = append(out, Request{int64(at), Object{id(words[1]), size}})
	}
	return out, lines.Err()
}

func id(word string) uint64 {
	if n, err := strconv.ParseUint(word, 10, 64); err == nil {
		return n
	}
	h := fnv.New64a()
	h.Write([]byte(word))
	return h.Sum64()
}

// Write writes a trace in that form.
func Write(w io.Writer, trace []Request) error {
	b := bufio.NewWriter(w)
	for _, r := range trace {
		fmt.Fprintln(b, r.Time, r.ID, r.Size)
	}
	return b.Flush()
}

// Shape sums a trace up.
type Shape struct {
	Requests, Objects, OneHit int   // OneHit: objects asked for once
	Bytes                     int64 // asked for
	Footprint                 int64 // of all objects, each once, by their cost
}

// Measure sums a trace up.
func Measure(trace []Request, cost Cost) Shape {
	s := Shape{Requests: len(trace)}
	seen := map[Object]int{}
	for _, r := range trace {
		s.Bytes += r.Size
		seen[r.Object]++
	}
	for o, n := range seen {
		s.Footprint += cost(o)
		if n == 1 {
			s.OneHit++
		}
	}
	s.Objects = len(seen)
	return s
}
