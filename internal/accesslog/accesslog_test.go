package accesslog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestRecordJSON(t *testing.T) {
	r := &Record{
		Begin: time.Date(2026, 11, 24, 6, 35, 1, 234567890, time.UTC), Status: 200, OriginStatus: 206, BytesSent: 4096,
		BytesReceived: 77, ClientPort: 50123, TimeTaken: 1500 * time.Millisecond, TimeToFirstByte: 42 * time.Microsecond,
	}
	r.Set(Method, "GET")
	r.Set(URIStem, "/a\"b\\c\x01\x7f\xff/é")
	r.Append(CacheInputs, "accept-encoding")
	r.Append(CacheInputs, ",origin")
	want := `{"date-time":"2026-11-24T06:35:01.234Z","cs-method":"GET","cs-uri-stem":"/a\"b\\c\u0001\u007f\ufffd/é",` +
		`"cache-key-inputs":"accept-encoding,origin","c-port":50123,"sc-status":200,"origin-status":206,"sc-bytes":4096,` +
		`"cs-bytes":77,"time-taken":1.500000,"time-to-first-byte":0.000042}`
	got := string(r.AppendJSON(nil))
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if !json.Valid([]byte(got)) {
		t.Error("not valid JSON")
	}
}

// buffer is a concurrency-safe destination that can fail.
type buffer struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	fail error
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail != nil {
		return 0, b.fail
	}
	return b.buf.Write(p)
}

func TestLoggerWritesEverythingOnce(t *testing.T) {
	t.Parallel()
	out := &buffer{}
	l := New(out, Options{Flush: time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); l.Run(ctx) }()

	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				r := l.Get()
				r.Set(Method, "GET")
				l.Write(r)
			}
		})
	}
	wg.Wait()
	cancel()
	<-done
	lines := strings.Split(strings.TrimSuffix(out.buf.String(), "\n"), "\n")
	if len(lines) != 4000 || l.Dropped() != 0 {
		t.Fatalf("%d lines, %d dropped", len(lines), l.Dropped())
	}
	for _, line := range lines {
		if !strings.Contains(line, `"cs-method":"GET"`) {
			t.Fatalf("bad line %s", line)
		}
	}
}

func TestLoggerDropsWhenFull(t *testing.T) {
	t.Parallel()
	l := New(&buffer{}, Options{Queue: 4})
	for range 10 {
		l.Write(l.Get())
	}
	if l.Dropped() != 6 {
		t.Errorf("dropped %d, want 6", l.Dropped())
	}
}

func TestLoggerCountsFailedWrites(t *testing.T) {
	t.Parallel()
	var told error
	l := New(&buffer{fail: errors.New("disk full")}, Options{OnError: func(err error) { told = err }})
	l.Write(l.Get())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l.Run(ctx)
	if l.Dropped() != 1 || told == nil {
		t.Errorf("dropped %d, told %v", l.Dropped(), told)
	}
}

func BenchmarkRecord(b *testing.B) {
	l := New(&buffer{}, Options{})
	b.ReportAllocs()
	for b.Loop() {
		r := l.Get()
		for f := range numFields {
			r.Set(f, "a value of usual size")
		}
		l.Write(r)
		l.flush(nil)
	}
}
