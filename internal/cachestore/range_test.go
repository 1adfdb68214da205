package cachestore

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
)

// film is a body of several chunks for range tests.
const filmBytes = 5*ChunkBytes + 100

// fetchSpan answers a range fill as an origin would.
func fetchSpan(t *testing.T, f *Fill, film []byte, etag string) *Object {
	t.Helper()
	first, last := f.Span()
	if last < 0 || last >= int64(len(film)) {
		last = int64(len(film)) - 1
	}
	h := head(int64(len(film)))
	h.ETag = etag
	o := f.StartPartial(h, first, last)
	if _, err := f.Write(film[first : last+1]); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestRangeFillsAddUp(t *testing.T) { eachTier(t, testRangeFillsAddUp) }

func testRangeFillsAddUp(t *testing.T, open opener) {
	s := open(t, Options{})
	defer s.Close()
	film := pattern(filmBytes)
	f, leader := s.JoinRange("k", target, ChunkBytes+5, ChunkBytes+9)
	if first, last := f.Span(); !leader || first != ChunkBytes || last != 2*ChunkBytes-1 {
		t.Fatalf("span %d-%d", first, last)
	}
	fetchSpan(t, f, film, `"v1"`)
	o := s.LookupString("k")
	if o == nil || o.Length() != filmBytes || o.Complete() {
		t.Fatalf("partial object %+v", o)
	}
	for _, c := range []struct {
		first, last int64
		has         bool
	}{
		{ChunkBytes, 2*ChunkBytes - 1, true},
		{ChunkBytes + 7, ChunkBytes + 7, true},
		{0, 0, false},
		{ChunkBytes - 1, ChunkBytes, false},
		{2*ChunkBytes - 1, 2 * ChunkBytes, false},
		{0, -1, false},
	} {
		if got := o.Has(c.first, c.last); got != c.has {
			t.Errorf("Has(%d, %d) = %v", c.first, c.last, got)
		}
	}
	if p, err := read(o, ChunkBytes+5, ChunkBytes+9); err != nil || !bytes.Equal(p, film[ChunkBytes+5:ChunkBytes+10]) {
		t.Fatalf("%d bytes, %v", len(p), err)
	}
	if _, err := read(o, 0, 5); !errors.Is(err, ErrAbsent) {
		t.Fatalf("Reader of a missing range: %v", err)
	}

	// The end, then everything: only what is missing is asked for.
	f, _ = s.JoinRange("k", target, filmBytes-10, -1)
	if first, last := f.Span(); first != 5*ChunkBytes || last != filmBytes-1 {
		t.Fatalf("span of the tail %d-%d", first, last)
	}
	fetchSpan(t, f, film, `"v1"`)
	f, _ = s.JoinRange("k", target, 1, filmBytes-1)
	if first, last := f.Span(); first != 0 || last != 5*ChunkBytes-1 {
		t.Fatalf("span of the rest %d-%d", first, last)
	}
	fetchSpan(t, f, film, `"v1"`)
	o = s.LookupString("k")
	if p, err := read(o, 0, -1); err != nil || !bytes.Equal(p, film) || !o.Complete() {
		t.Fatalf("%d bytes, %v", len(p), err)
	}
	if got := s.Stats().Bytes; got < filmBytes {
		t.Errorf("%d bytes accounted", got)
	}
	checkIdle(t, s)
}

func TestRangeOfAnotherRepresentationReplaces(t *testing.T) {
	eachTier(t, testRangeOfAnotherRepresentationReplaces)
}

func testRangeOfAnotherRepresentationReplaces(t *testing.T, open opener) {
	s := open(t, Options{})
	defer s.Close()
	old, film := pattern(filmBytes), bytes.Repeat([]byte("new"), filmBytes/3)
	f, _ := s.JoinRange("k", target, 0, 5)
	before := fetchSpan(t, f, old, `"v1"`)
	f, _ = s.JoinRange("k", target, 2*ChunkBytes, 2*ChunkBytes+5)
	fetchSpan(t, f, film, `"v2"`)
	o := s.LookupString("k")
	if o.Has(0, 5) || !o.Has(2*ChunkBytes, 2*ChunkBytes+5) || o.Length() != int64(len(film)) {
		t.Fatal("chunks of two representations are mixed")
	}
	if p, err := read(before, 0, 5); err != nil || !bytes.Equal(p, old[:6]) {
		t.Fatalf("the old object changed: %v", err)
	}
	// Weak validators cannot join chunks.
	f, _ = s.JoinRange("k", target, 0, 5)
	fetchSpan(t, f, film, `W/"v2"`)
	if o := s.LookupString("k"); o.Has(2*ChunkBytes, 2*ChunkBytes+5) {
		t.Fatal("chunks joined by a weak ETag")
	}
}

// An older range fill must not bring bytes into a younger object.
func TestRangeFillOvertakenByInvalidation(t *testing.T) {
	eachTier(t, testRangeFillOvertakenByInvalidation)
}

func testRangeFillOvertakenByInvalidation(t *testing.T, open opener) {
	s := open(t, Options{})
	defer s.Close()
	old, film := pattern(filmBytes), bytes.Repeat([]byte{1}, filmBytes)
	a, _ := s.JoinRange("k", target, 0, 5)
	s.Invalidate(rule(5))
	b, leader := s.JoinRange("k", target, 3*ChunkBytes, 3*ChunkBytes+5)
	if !leader {
		t.Fatal("joined an older fill")
	}
	fetchSpan(t, b, film, `"v1"`)
	fetchSpan(t, a, old, `"v1"`) // even under the same ETag
	o := s.LookupString("k")
	if o == nil || o.Has(0, 5) {
		t.Fatal("an older fill added to a younger object")
	}
}

func TestRangeJoinsWhatCoversIt(t *testing.T) { eachTier(t, testRangeJoinsWhatCoversIt) }

func testRangeJoinsWhatCoversIt(t *testing.T, open opener) {
	s := open(t, Options{})
	defer s.Close()
	whole := lead(t, s)
	if f, leader := s.JoinRange("k", target, 3*ChunkBytes, -1); leader || f != whole {
		t.Fatal("a range does not join a fill of the whole")
	}
	whole.Abort(nil)
	part, _ := s.JoinRange("k", target, ChunkBytes, 2*ChunkBytes)
	if f, leader := s.JoinRange("k", target, ChunkBytes+1, 3*ChunkBytes-1); leader || f != part {
		t.Fatal("a range does not join a fill of its chunks")
	}
	if _, leader := s.JoinRange("k", target, 0, 1); !leader {
		t.Fatal("a range joins a fill of other chunks")
	}
	if _, leader := s.Join("k", target); !leader {
		t.Fatal("the whole joins a fill of a range")
	}
}

// Ranges of one film filled at once by several leaders, read as they arrive.
func TestConcurrentRanges(t *testing.T) { eachTier(t, testConcurrentRanges) }

func testConcurrentRanges(t *testing.T, open opener) {
	s := open(t, Options{})
	defer s.Close()
	film := pattern(filmBytes)
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			first := int64(i) * (filmBytes - 10) / 60
			last := min(first+ChunkBytes/2, filmBytes-1)
			for {
				o := s.LookupString("k")
				if o == nil || !o.Has(first, last) {
					f, leader := s.JoinRange("k", target, first, last)
					if leader && f.Base() != nil && f.Base().Has(first, last) {
						f.Settle()
						continue
					}
					if leader {
						o = fetchSpan(t, f, film, `"v1"`)
					} else if out := outcome(t, f); out.Kind == OutcomeObject {
						o = out.Object
					} else {
						continue
					}
				}
				p, err := read(o, first, last)
				if errors.Is(err, ErrAbsent) {
					continue // another leader brought other chunks into another object
				}
				if err != nil || !bytes.Equal(p, film[first:last+1]) {
					t.Errorf("range %d-%d: %d bytes, %v", first, last, len(p), err)
				}
				return
			}
		})
	}
	wg.Wait()
	checkIdle(t, s)
}

// A range fill that breaks keeps the chunks that were whole.
func TestRangeAbortKeepsWholeChunks(t *testing.T) { eachTier(t, testRangeAbortKeepsWholeChunks) }

func testRangeAbortKeepsWholeChunks(t *testing.T, open opener) {
	s := open(t, Options{})
	defer s.Close()
	film := pattern(filmBytes)
	f, _ := s.JoinRange("k", target, 0, 3*ChunkBytes)
	f.StartPartial(head(filmBytes), 0, 4*ChunkBytes-1)
	f.Write(film[:ChunkBytes+10])
	f.Abort(errors.New("reset"))
	o := s.LookupString("k")
	if o == nil || !o.Has(0, ChunkBytes-1) || o.Has(0, ChunkBytes) {
		t.Fatal("wrong chunks after an abort")
	}
	if p, err := read(o, 0, 2*ChunkBytes); err == nil || len(p) != ChunkBytes {
		t.Fatalf("%d bytes, %v", len(p), err)
	}
	checkIdle(t, s)
}

// A body too large to keep is streamed in bounded memory at the pace of the
// fastest reader; the slow one is told where it stopped.
func TestStreamedBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{MaxBytes: 16 << 20, MaxObjectBytes: 1 << 20, WindowBytes: 2 << 20})
		defer s.Close()
		film := pattern(20 << 20)
		f := lead(t, s)
		follower, _ := s.Join("k", target)
		o := f.Start(head(int64(len(film))))
		if s.LookupString("k") != nil {
			t.Fatal("a streamed body is stored")
		}
		if _, leader := s.Join("k", target); !leader {
			t.Fatal("a streamed body is joined late")
		}
		slow := outcome(t, follower).Object.Reader(t.Context(), 0, -1)
		defer slow.Close()
		f.Write(film[:1000])
		io.ReadFull(slow, make([]byte, 1000))
		fast := o.Reader(t.Context(), 0, -1)
		var got bytes.Buffer
		done := make(chan error)
		go func() {
			_, err := io.Copy(&got, fast)
			fast.Close()
			done <- err
		}()
		for p := film[1000:]; len(p) > 0; {
			n := min(len(p), 1<<16)
			if _, err := f.Write(p[:n]); err != nil {
				t.Fatal(err)
			}
			p = p[n:]
			o.body.mu.Lock()
			if held := o.body.bytes; held > 2<<20+2*streamChunkBytes {
				t.Fatalf("%d bytes held", held)
			}
			o.body.mu.Unlock()
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil || !bytes.Equal(got.Bytes(), film) {
			t.Fatalf("fast reader: %d bytes, %v", got.Len(), err)
		}
		rest, err := io.ReadAll(slow)
		var lag *LagError
		if !errors.As(err, &lag) || lag.Offset != int64(1000+len(rest)) || !bytes.Equal(rest, film[1000:1000+len(rest)]) {
			t.Fatalf("slow reader: %d bytes, %v", len(rest), err)
		}
	})
}

// Nobody reads a streamed body any more: the leader is told to stop.
func TestStreamedBodyWithoutReaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{MaxBytes: 16 << 20, MaxObjectBytes: 1 << 20})
		defer s.Close()
		for _, everRead := range []bool{true, false} {
			f := lead(t, s)
			o := f.Start(head(20 << 20))
			if everRead {
				r := o.Reader(t.Context(), 0, -1)
				defer r.Close()
				go r.Close()
			}
			var err error
			for i := 0; i < 20 && err == nil; i++ {
				_, err = f.Write(make([]byte, 1<<20))
			}
			if err != ErrNoReaders {
				t.Fatalf("Write: %v", err)
			}
			f.Abort(err)
		}
		checkIdle(t, s)
	})
}

// A body of unknown length that turns out too large goes on as a stream.
func TestUnknownLengthTooLarge(t *testing.T) { eachTier(t, testUnknownLengthTooLarge) }

func testUnknownLengthTooLarge(t *testing.T, open opener) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, Options{MaxBytes: 16 << 20, MaxObjectBytes: 2 << 20})
		defer s.Close()
		film := pattern(12 << 20)
		f := lead(t, s)
		o := f.Start(head(-1))
		r := o.Reader(t.Context(), 0, -1)
		done := make(chan error)
		var got bytes.Buffer
		go func() {
			_, err := got.ReadFrom(r)
			r.Close()
			done <- err
		}()
		for p := film; len(p) > 0; p = p[1<<16:] {
			if _, err := f.Write(p[:1<<16]); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil || !bytes.Equal(got.Bytes(), film) {
			t.Fatalf("%d bytes, %v", got.Len(), err)
		}
		if onDisk := s.disk != nil; (s.LookupString("k") != nil) != onDisk || o.Length() != 12<<20 {
			t.Fatal("kept without room, or of wrong length")
		}
		checkIdle(t, s)
	})
}

// The budget for unfinished fills is a hard bound: beyond it bodies are streamed.
func TestFillBudget(t *testing.T) {
	s := New(Options{MaxBytes: 64 << 20, MaxFillBytes: 3 << 20})
	defer s.Close()
	a, _ := s.Join("a", target)
	a.Start(head(2 << 20))
	b, _ := s.Join("b", target)
	b.Start(head(2 << 20))
	if s.LookupString("a") == nil || s.LookupString("b") != nil || s.Stats().FillBytes != 2<<20 {
		t.Fatalf("budget not held: %+v", s.Stats())
	}
	a.Write(pattern(2 << 20))
	a.Close()
	b.Abort(nil)
	put(t, s, "b", target, head(2<<20), pattern(2<<20))
	if s.LookupString("b") == nil {
		t.Fatal("budget not given back")
	}
	checkIdle(t, s)
}
