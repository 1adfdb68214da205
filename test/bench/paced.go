package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/warmfront/warmfront/test/load"
)

// lateness is how late a request may be: one that finds no connection free for longer is not
// sent, which is the server's fault. The load generator itself sleeps for a millisecond at least.
const lateness = 10 * time.Millisecond

// stream is requests of one kind, offered at a fixed rate over connections from networks of
// loopback.
type stream struct {
	target   load.Target
	request  func(n int) []byte // the n-th; nil repeats the target
	rate     float64            // a second; 0 sends whenever a connection is free
	count    int                // how many at most; 0 for no bound
	networks []netip.Addr       // viewers' addresses, one for each connection
	status   int                // that all have to get; 0 for 200
	failed   error              // why it cannot be had
}

// streamed is what became of a stream.
type streamed struct {
	offered   int
	statuses  map[int]int
	latencies []float64 // ms, of those with status 200
	err       error
}

func (s *streamed) answered() (n int) {
	for _, c := range s.statuses {
		n += c
	}
	return n
}

// viewersFrom gives n addresses 127.SITE.x.1, over as many /24 networks as said.
func viewersFrom(site byte, n, networks int) (all []netip.Addr) {
	for i := range n {
		all = append(all, netip.AddrFrom4([4]byte{127, site, byte(i % networks), byte(1 + i/networks)}))
	}
	return all
}

func plainRequest(t load.Target, path string) []byte {
	return fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: bench\r\n\r\n", path, t.Host)
}

// run offers the stream until ctx ends.
func (s stream) run(ctx context.Context) *streamed {
	out := &streamed{statuses: map[int]int{}}
	tokens := make(chan int, 1+int(s.rate*lateness.Seconds()))
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, from := range s.networks {
		wg.Go(func() {
			mine := streamed{statuses: map[int]int{}}
			mine.err = s.connection(ctx, from, tokens, &mine)
			mu.Lock()
			defer mu.Unlock()
			for status, n := range mine.statuses {
				out.statuses[status] += n
			}
			out.latencies = append(out.latencies, mine.latencies...)
			if mine.err != nil && ctx.Err() == nil {
				out.err = mine.err
			}
		})
	}
	out.offered = s.offer(ctx, tokens)
	close(tokens)
	wg.Wait()
	return out
}

// offer hands out the numbers of requests at the stream's rate.
func (s stream) offer(ctx context.Context, tokens chan<- int) (n int) {
	began := time.Now()
	for ctx.Err() == nil && (s.count == 0 || n < s.count) {
		due := n + 1
		if s.rate > 0 {
			due = int(time.Since(began).Seconds() * s.rate)
		}
		if s.count > 0 {
			due = min(due, s.count)
		}
		for ; n < due; n++ {
			if s.rate == 0 {
				select {
				case tokens <- n:
				case <-ctx.Done():
				}
				continue
			}
			select {
			case tokens <- n:
			default: // busy: left out
			}
		}
		if s.rate > 0 {
			time.Sleep(200 * time.Microsecond)
		}
	}
	return n
}

// connection sends the requests it gets the numbers of, one at a time.
func (s stream) connection(ctx context.Context, from netip.Addr, tokens <-chan int, out *streamed) error {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: from.AsSlice()}}
	conn, err := d.DialContext(ctx, "tcp", s.target.Address)
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	r := bufio.NewReaderSize(conn, 8<<10)
	request := plainRequest(s.target, s.target.Path)
	for n := range tokens {
		if s.request != nil {
			request = s.request(n)
		}
		began := time.Now()
		if _, err := conn.Write(request); err != nil {
			return err
		}
		status, err := readResponse(r)
		if err != nil {
			return err
		}
		if out.statuses[status]++; status == 200 {
			out.latencies = append(out.latencies, float64(time.Since(began).Microseconds())/1000)
		}
	}
	return nil
}

// readResponse reads a response whose length is given, and drops its body.
func readResponse(r *bufio.Reader) (status int, err error) {
	length := 0
	for first := true; ; first = false {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		line = bytes.TrimSpace(line)
		switch name, value, _ := bytes.Cut(line, []byte(":")); {
		case first && len(line) >= 12:
			status, err = strconv.Atoi(string(line[9:12]))
		case len(line) == 0:
			_, err = io.CopyN(io.Discard, r, int64(length))
			return status, err
		case bytes.EqualFold(name, []byte("Content-Length")):
			length, err = strconv.Atoi(string(bytes.TrimSpace(value)))
		}
		if err != nil {
			return 0, err
		}
	}
}
