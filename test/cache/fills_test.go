package cache

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/nodetest"
)

// synthetic is content that nobody stores: each byte follows from its position.
type synthetic struct {
	size, at int64
	sent     *atomic.Int64
}

// Read implements io.Reader.
func (s *synthetic) Read(p []byte) (int, error) {
	if s.at >= s.size {
		return 0, io.EOF
	}
	n := min(int64(len(p)), s.size-s.at)
	for i := range p[:n] {
		pos := s.at + int64(i)
		p[i] = byte(pos ^ pos>>8 ^ pos>>13 ^ pos>>29)
	}
	s.at += n
	s.sent.Add(n)
	return int(n), nil
}

// Seek implements io.Seeker.
func (s *synthetic) Seek(offset int64, whence int) (int64, error) {
	s.at = offset + map[int]int64{io.SeekStart: 0, io.SeekCurrent: s.at, io.SeekEnd: s.size}[whence]
	return s.at, nil
}

func expected(first, n int64) []byte {
	var b bytes.Buffer
	io.Copy(&b, &synthetic{size: first + n, at: first, sent: new(atomic.Int64)})
	return b.Bytes()
}

// newFillWorld is a node before an origin that handle answers for.
func newFillWorld(t *testing.T, handle http.HandlerFunc) (w *world, get func(target, span string) *http.Response) {
	w = newWorld(t, "cloudfront", nodetest.HTTP1)
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	const optimized = "658327ea-f89d-4fab-a63d-7e88639e58f6"
	config := strings.Replace(fmt.Sprintf(distribution, s.Listener.Addr().(*net.TCPAddr).Port, optimized), "cases", "fills", 1)
	made := w.api(t, "POST", "/distribution", config)
	for element(t, w.api(t, "GET", "/distribution/"+element(t, made, "Id"), ""), "Status") != "Deployed" {
		time.Sleep(10 * time.Millisecond)
	}
	viewer := *w.viewer
	viewer.Timeout = 0 // its answers are read slowly
	return w, func(target, span string) *http.Response {
		t.Helper()
		req, err := nodetest.NewRequest("GET", "https", fmt.Sprintf("%s:%d", element(t, made, "DomainName"), w.node.HTTPSPort), target)
		if err != nil {
			t.Fatal(err)
		}
		if span != "" {
			req.Header.Set("Range", span)
		}
		resp, err := viewer.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() })
		return resp
	}
}

// Ranges of an object larger than any disk here cost what they bring, not what lies between
// them, also while somebody else begins to take all of it.
func TestRangesOfAHugeObject(t *testing.T) {
	t.Parallel()
	const size = 50 << 30
	var sent atomic.Int64
	w, get := newFillWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("ETag", `"film"`)
		http.ServeContent(rw, r, "film.bin", time.Unix(1e9, 0), &synthetic{size: size, sent: &sent})
	})
	part := func(first, n int64, cache string) {
		t.Helper()
		resp := get("/film.bin", fmt.Sprintf("bytes=%d-%d", first, first+n-1))
		got, err := io.ReadAll(resp.Body)
		if resp.StatusCode != 206 || err != nil || !bytes.Equal(got, expected(first, n)) || resp.Header.Get("X-Cache") != cache+" from cloudfront" {
			t.Errorf("%d bytes from %d: %d, %d bytes, %v, %s", n, first, resp.StatusCode, len(got), err, resp.Header.Get("X-Cache"))
		}
	}
	part(49<<30+5, 100_000, "Miss")
	part(49<<30+70_000, 10, "Hit")
	part(0, 10, "Miss")

	all := get("/film.bin", "")
	if all.StatusCode != 200 || all.ContentLength != size {
		t.Fatalf("%d, %d bytes", all.StatusCode, all.ContentLength)
	}
	const begin = 9 << 20
	if got, err := io.ReadAll(io.LimitReader(all.Body, begin)); err != nil || !bytes.Equal(got, expected(0, begin)) {
		t.Fatalf("the beginning: %d bytes, %v", len(got), err)
	}
	resp := get("/film.bin", "bytes=30000000000-30000000099")
	if got, err := io.ReadAll(resp.Body); err != nil || !bytes.Equal(got, expected(30000000000, 100)) {
		t.Errorf("far ahead: %d bytes, %v", len(got), err)
	}
	all.Body.Close()
	if n := sent.Load(); n > 200<<20 {
		t.Errorf("the origin sent %d MiB", n>>20)
	}
	var kept int64
	filepath.WalkDir(filepath.Join(w.options.Dir, "cache"), func(_ string, d fs.DirEntry, _ error) error {
		if info, err := d.Info(); err == nil {
			kept += info.Size()
		}
		return nil
	})
	if kept > 200<<20 {
		t.Errorf("%d MiB on disk", kept>>20)
	}
}

// A body too large for memory whose end nobody knows is kept all the same.
func TestLargeBodyOfUnknownLength(t *testing.T) {
	t.Parallel()
	const size = 24<<20 + 7
	var asked, sent atomic.Int64
	_, get := newFillWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		rw.Header().Set("Cache-Control", "max-age=3600")
		rw.Header().Set("Content-Type", "application/octet-stream")
		rw.WriteHeader(200)
		rw.(http.Flusher).Flush() // without a length
		io.Copy(rw, &synthetic{size: size, sent: &sent})
	})
	resp := get("/film.bin", "")
	sum, want := sha256.New(), sha256.Sum256(expected(0, size))
	if n, err := io.Copy(sum, resp.Body); n != size || err != nil || [32]byte(sum.Sum(nil)) != want {
		t.Fatalf("%d bytes, %v", n, err)
	}
	if resp := get("/film.bin", ""); resp.Header.Get("X-Cache") != "Hit from cloudfront" || resp.ContentLength != size || asked.Load() != 1 {
		t.Errorf("then: %s, %d bytes, %d requests", resp.Header.Get("X-Cache"), resp.ContentLength, asked.Load())
	}
}
