package listener

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/cachestore/disk"
	"github.com/warmfront/warmfront/internal/edge"
)

// objectOnDisk is an object whose body is in one file, found there as after a restart.
func objectOnDisk(t *testing.T, dir string, body []byte) *cachestore.Object {
	t.Helper()
	open := func() *cachestore.Store {
		s := cachestore.New(cachestore.Options{Disk: disk.Options{
			Dirs: []string{dir}, ClusterID: "c", ReadTimeout: time.Minute, Log: slog.New(slog.DiscardHandler),
		}})
		s.Advance(1)
		return s
	}
	s := open()
	fill, _ := s.Join("key", cachestore.Target{})
	fill.Start(&cachestore.Head{Status: 200, Length: int64(len(body)), Fields: fields("X", "y")})
	if _, err := fill.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := fill.Close(); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = open()
	t.Cleanup(s.Close)
	o := s.LookupString("key")
	if o == nil {
		t.Fatal("not found again")
	}
	return o
}

// A slow viewer gets every byte of a file and of parts of it; of one that is cut short meanwhile,
// the bytes before the cut and the end of the connection, never more.
func TestLoopSendsFiles(t *testing.T) {
	t.Parallel()
	dir, body := t.TempDir(), randomBytes(1<<20)
	o := objectOnDisk(t, dir, body)
	if run := checkedRun(o); run == nil {
		t.Log("the kernel or the file system cannot tell what is in memory: files are not for loops here")
		return
	} else if run.Close() != nil || o.FileRun(5, 1<<20) != nil {
		t.Fatal("a run past the end, or one that cannot be closed")
	}
	ended := make(chan error, 16)
	s := startHandler(t, inMemory{func(req *edge.Request, w edge.Responder) {
		r := &edge.Response{Status: 200, File: o.FileRun(0, -1), Done: func(_ int64, err error) { ended <- err }}
		if req.Target == "/part" {
			r.File.Close()
			r.Status, r.File = 206, o.FileRun(4097, 900_000)
		}
		w.Respond(r)
	}}, func(o *Options) { o.HTTPS = "" })
	conn, err := net.Dial("tcp", s.plain)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	br := bufio.NewReaderSize(iotestSlow{conn}, 512)
	ask := func(target string) ([]byte, error) {
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", target)
		resp, err := http.ReadResponse(br, nil)
		if err != nil {
			t.Fatal(err)
		}
		return io.ReadAll(resp.Body)
	}
	for target, want := range map[string][]byte{"/": body, "/part": body[4097:900_001]} {
		if got, err := ask(target); err != nil || !bytes.Equal(got, want) || <-ended != nil {
			t.Fatalf("%s: %d bytes of %d, %v", target, len(got), len(want), err)
		}
	}
	run := o.FileRun(0, -1)
	cut := startHandler(t, inMemory{func(_ *edge.Request, w edge.Responder) {
		truncateFiles(t, dir, 300_000)
		w.Respond(&edge.Response{Status: 200, File: run, Done: func(_ int64, err error) { ended <- err }})
	}}, func(o *Options) { o.HTTPS = "" })
	if conn, err = net.Dial("tcp", cut.plain); err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	br.Reset(conn)
	got, err := ask("/")
	if err == nil || len(got) > 300_000 || !bytes.Equal(got, body[:len(got)]) {
		t.Fatalf("%d bytes of a file that was cut, %v", len(got), err)
	}
	if err := <-ended; !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatal(err)
	}
	if o.FileRun(0, -1) != nil {
		t.Fatal("a damaged file is sent again")
	}
}

// checkedRun is a run of all of o once its file has been checked, which of one that has just been
// written is not remembered; nil where the kernel cannot tell what is in memory.
func checkedRun(o *cachestore.Object) *edge.FileRun {
	for range 200 {
		if run := o.FileRun(0, -1); run != nil {
			return run
		}
		io.Copy(io.Discard, o.Reader(context.Background(), 0, -1))
		time.Sleep(time.Millisecond)
	}
	return nil
}

// A body of several files goes out whole to a slow viewer outside of the loops, too; when the files
// are cut, what arrives are its first bytes and the end of the connection.
func TestStreamsOfFiles(t *testing.T) {
	t.Parallel()
	dir, body := t.TempDir(), randomBytes(3<<20+5)
	o := objectOnDisk(t, dir, body)
	ended := make(chan error, 16)
	s := start(t, func(req *edge.Request, w edge.Responder) {
		r := &edge.Response{Status: 200, ContentLength: int64(len(body)), Done: func(_ int64, err error) { ended <- err }}
		if r.Stream = o.Reader(context.Background(), 0, -1); req.Target == "/part" {
			r.Stream.Close()
			r.ContentLength, r.Stream = 2_000_000, o.Reader(context.Background(), 4097, 2_004_096)
		}
		w.Respond(r)
	}, func(o *Options) { o.HTTPS = "" })
	conn, err := net.Dial("tcp", s.plain)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	br := bufio.NewReaderSize(iotestSlow{conn}, 4096)
	ask := func(target string) ([]byte, error) {
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", target)
		resp, err := http.ReadResponse(br, nil)
		if err != nil {
			t.Fatal(err)
		}
		return io.ReadAll(resp.Body)
	}
	for target, want := range map[string][]byte{"/": body, "/part": body[4097:2_004_097]} {
		if got, err := ask(target); err != nil || !bytes.Equal(got, want) || <-ended != nil {
			t.Fatalf("%s: %d bytes of %d, %v", target, len(got), len(want), err)
		}
	}
	truncateFiles(t, dir, 300_000)
	got, err := ask("/")
	if err == nil || !bytes.Equal(got, body[:len(got)]) || <-ended == nil {
		t.Fatalf("%d bytes of files that were cut, %v", len(got), err)
	}
}

// truncateFiles cuts every large file below dir.
func truncateFiles(t *testing.T, dir string, size int64) {
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if info, err := e.Info(); err != nil || info.Size() < size {
			return err
		}
		return os.Truncate(name, size)
	})
	if err != nil {
		t.Error(err)
	}
}
