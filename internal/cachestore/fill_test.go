package cachestore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// outcome waits for a follower's answer.
func outcome(t *testing.T, f *Fill) Outcome {
	t.Helper()
	out, err := f.Wait(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// checkIdle fails the test if the store's books are not empty.
func checkIdle(t *testing.T, s *Store) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.fills) != 0 || len(s.active) != 0 || s.filling.Load() != 0 {
		t.Errorf("left behind: %d keys, %d fills, %d bytes reserved", len(s.fills), len(s.active), s.filling.Load())
	}
}

// 10,000 requests at once for one missing key: one fetch, everyone the bytes.
func TestOneFetchForAll(t *testing.T) { eachTier(t, testOneFetchForAll) }

func testOneFetchForAll(t *testing.T, open opener) {
	for _, n := range []int{4096, 3*ChunkBytes + 5} {
		for _, known := range []bool{true, false} {
			viewers := 10_000
			if n > ChunkBytes {
				viewers = 40
			} else if !known {
				viewers = 1000
			}
			t.Run(fmt.Sprintf("%d/%v", n, known), func(t *testing.T) {
				s := open(t, Options{})
				defer s.Close()
				body := pattern(n)
				var fetches atomic.Int64
				var wg sync.WaitGroup
				for range viewers {
					wg.Go(func() {
						o := request(s, func(f *Fill) *Object {
							fetches.Add(1)
							return fetch(f, body, known)
						})
						var b bytes.Buffer
						r := o.Reader(context.Background(), 0, -1)
						defer r.Close()
						if _, err := io.Copy(&b, r); err != nil || !bytes.Equal(b.Bytes(), body) {
							t.Errorf("%d bytes, %v", b.Len(), err)
						}
					})
				}
				wg.Wait()
				if fetches.Load() != 1 {
					t.Errorf("%d fetches", fetches.Load())
				}
				checkIdle(t, s)
			})
		}
	}
}

// request is how an edge uses the store.
func request(s *Store, fetch func(*Fill) *Object) *Object {
	for {
		if o := s.LookupString("k"); o != nil {
			return o
		}
		f, leader := s.Join("k", target)
		if leader {
			if b := f.Base(); b != nil {
				f.Settle()
				return b
			}
			return fetch(f)
		}
		if out, _ := f.Wait(context.Background()); out.Kind == OutcomeObject {
			return out.Object
		}
	}
}

// fetch fills body in the background, in odd pieces.
func fetch(f *Fill, body []byte, known bool) *Object {
	h := head(int64(len(body)))
	if !known {
		h.Length = -1
	}
	o := f.Start(h)
	go func() {
		for p := body; len(p) > 0; {
			n := min(len(p), 77_777)
			f.Write(p[:n])
			p = p[n:]
		}
		f.Close()
	}()
	return o
}

// Whatever the leader decides reaches every waiter, at once.
func TestOutcomes(t *testing.T) { eachTier(t, testOutcomes) }

func testOutcomes(t *testing.T, open opener) {
	boom := errors.New("boom")
	for _, c := range []struct {
		name string
		end  func(*Fill)
		want OutcomeKind
		err  error
		solo bool // the next Joins lead, each its own
	}{
		{"bypass", func(f *Fill) { f.Bypass(HitForMiss) }, OutcomeBypass, nil, true},
		{"release", func(f *Fill) { f.Release(HitForMiss); f.Abort(nil) }, OutcomeBypass, nil, true},
		{"fail", func(f *Fill) { f.Fail(boom) }, OutcomeFailed, boom, false},
		{"abort before start", func(f *Fill) { f.Abort(boom) }, OutcomeRetry, nil, false},
		{"start", func(f *Fill) { f.Start(head(0)); f.Close() }, OutcomeObject, nil, false},
		{"unstored", func(f *Fill) { f.StartUnstored(head(0)); f.Close() }, OutcomeObject, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, Options{})
				defer s.Close()
				f, _ := s.Join("k", target)
				var got atomic.Int64
				for range 50 {
					other, leader := s.Join("k", target)
					if leader {
						t.Fatal("two leaders")
					}
					go func() {
						if out, err := other.Wait(t.Context()); err == nil && out.Kind == c.want && out.Err == c.err {
							got.Add(1)
						}
					}()
				}
				synctest.Wait()
				if got.Load() != 0 {
					t.Fatal("answered too early")
				}
				c.end(f)
				f.Abort(boom) // an edge defers it
				synctest.Wait()
				if got.Load() != 50 {
					t.Fatalf("%d of 50 released as %d", got.Load(), c.want)
				}
				if c.solo {
					a, leads1 := s.Join("k", target)
					b, leads2 := s.Join("k", target)
					if !leads1 || !leads2 {
						t.Fatal("hit-for-miss requests wait for each other")
					}
					a.Abort(nil)
					b.Abort(nil)
					time.Sleep(HitForMiss)
					a, _ = s.Join("k", target)
					if _, leads := s.Join("k", target); leads {
						t.Fatal("still hit-for-miss after its time")
					}
					a.Abort(nil)
				}
				checkIdle(t, s)
			})
		})
	}
}

// A shareable response ends hit-for-miss early; one stored after Release does not.
func TestHitForMissEnds(t *testing.T) { eachTier(t, testHitForMissEnds) }

func testHitForMissEnds(t *testing.T, open opener) {
	s := open(t, Options{})
	defer s.Close()
	f := lead(t, s)
	f.Release(HitForMiss)
	fill(t, f, "one viewer's")
	expect(t, s, "one viewer's")
	a, b := lead(t, s), lead(t, s)
	fill(t, b, "second")
	fill(t, a, "first") // began before the second: not shown
	expect(t, s, "second")
	c := lead(t, s)
	if _, leader := s.Join("k", target); leader {
		t.Fatal("still hit-for-miss")
	}
	c.Settle()
	checkIdle(t, s)
}

func TestWaitIsCancelled(t *testing.T) { eachTier(t, testWaitIsCancelled) }

func testWaitIsCancelled(t *testing.T, open opener) {
	s := open(t, Options{})
	defer s.Close()
	f := lead(t, s)
	defer f.Abort(nil)
	other, _ := s.Join("k", target)
	gone := errors.New("viewer gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(gone)
	if _, err := other.Wait(ctx); err != gone {
		t.Fatalf("Wait: %v", err)
	}
}

// Aborted midway: followers get what arrived and then a typed error, the
// object is gone, and the next request leads.
func TestAbortMidway(t *testing.T) { eachTier(t, testAbortMidway) }

func testAbortMidway(t *testing.T, open opener) {
	for _, length := range []int64{10, -1, 3 * ChunkBytes} {
		synctest.Test(t, func(t *testing.T) {
			s := open(t, Options{})
			defer s.Close()
			broken := errors.New("connection reset")
			f := lead(t, s)
			o := f.Start(head(length))
			f.Write([]byte("first"))
			var failed atomic.Int64
			for range 20 {
				go func() {
					p, err := read(o, 0, -1)
					var fillErr *FillError
					if string(p) == "first" && errors.As(err, &fillErr) && errors.Is(err, broken) {
						failed.Add(1)
					}
				}()
			}
			synctest.Wait()
			f.Abort(broken)
			synctest.Wait()
			if failed.Load() != 20 {
				t.Errorf("length %d: %d of 20 readers failed rightly", length, failed.Load())
			}
			if _, err := f.Write([]byte("more")); err != ErrFinished {
				t.Errorf("Write after Abort: %v", err)
			}
			if err := f.Close(); err != ErrFinished {
				t.Errorf("Close after Abort: %v", err)
			}
			if s.LookupString("k") != nil {
				t.Error("an aborted body is stored")
			}
			lead(t, s).Abort(nil)
			checkIdle(t, s)
		})
	}
}

// RFC 9112, 8: a body of another length than promised is incomplete.
func TestWrongLength(t *testing.T) { eachTier(t, testWrongLength) }

func testWrongLength(t *testing.T, open opener) {
	s := open(t, Options{})
	defer s.Close()
	f := lead(t, s)
	o := f.Start(head(10))
	f.Write([]byte("short"))
	if err := f.Close(); err != ErrTruncated {
		t.Fatalf("Close: %v", err)
	}
	var fillErr *FillError
	if _, err := read(o, 0, -1); !errors.As(err, &fillErr) || !errors.Is(err, ErrTruncated) {
		t.Fatalf("Reader: %v", err)
	}
	expect(t, s, "")
	f = lead(t, s)
	f.Start(head(2))
	if _, err := f.Write([]byte("long")); err != ErrOverrun {
		t.Fatalf("Write: %v", err)
	}
	f.Abort(ErrOverrun)
	expect(t, s, "")
	checkIdle(t, s)
}

func TestReaderIsCancelled(t *testing.T) { eachTier(t, testReaderIsCancelled) }

func testReaderIsCancelled(t *testing.T, open opener) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, Options{})
		defer s.Close()
		f := lead(t, s)
		o := f.Start(head(10))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			_, err := io.ReadAll(o.Reader(ctx, 0, -1))
			done <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-done; err != context.Canceled {
			t.Fatalf("Reader: %v", err)
		}
		f.Abort(nil)
	})
}

// The object a reader holds stays whole when it is evicted.
func TestEvictedWhileRead(t *testing.T) { eachTier(t, testEvictedWhileRead) }

func testEvictedWhileRead(t *testing.T, open opener) {
	s := open(t, Options{MaxBytes: 16 << 20, MaxObjectBytes: 2 << 20})
	defer s.Close()
	body := pattern(2 << 20)
	o := put(t, s, "first", target, head(2<<20), body)
	r := o.Reader(t.Context(), 0, -1)
	defer r.Close()
	for i := range 40 {
		put(t, s, fmt.Sprint(i), target, head(1<<20), pattern(1<<20))
	}
	st := s.Stats()
	if st.Bytes > 16<<20 || st.Evictions == 0 {
		t.Fatalf("bound not held: %+v", st)
	}
	if p, err := io.ReadAll(r); err != nil || !bytes.Equal(p, body) {
		t.Fatalf("%d bytes, %v", len(p), err)
	}
}

// Misuse answers with errors, never with a panic or a wrong body.
func TestFillMisuse(t *testing.T) { eachTier(t, testFillMisuse) }

func testFillMisuse(t *testing.T, open opener) {
	s := open(t, Options{})
	defer s.Close()
	f := lead(t, s)
	if _, err := f.Write([]byte("x")); err != ErrFinished {
		t.Fatalf("Write before Start: %v", err)
	}
	if f.Refresh(head(0)) != nil {
		t.Fatal("Refresh without a base")
	}
	f.Start(head(1))
	second := f.Start(head(1))
	if _, err := read(second, 0, -1); err == nil {
		t.Fatal("a second Start has bytes")
	}
	f.Fail(errors.New("too late"))
	f.Write([]byte("x"))
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	expect(t, s, "x")
	late := f.Start(head(1))
	if _, err := read(late, 0, -1); err == nil {
		t.Fatal("a Start after the end has bytes")
	}
	checkIdle(t, s)
}
