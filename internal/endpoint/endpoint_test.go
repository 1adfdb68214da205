package endpoint

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fasthttp"
)

// say is a handler that answers with its name and what it was asked.
func say(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Door", name)
		fmt.Fprintf(w, "%s %s %s %d", r.Method, r.Host, r.RequestURI, len(body))
	})
}

func sayS3(ctx *fasthttp.RequestCtx) {
	n := int64(0)
	if st := ctx.RequestBodyStream(); st != nil && !ctx.Request.Header.HasAcceptEncoding("skip-body") {
		n, _ = io.Copy(io.Discard, st)
	}
	ctx.Response.Header.Set("X-Door", "s3")
	fmt.Fprintf(ctx, "%s %s %s %d", ctx.Method(), ctx.Request.Header.Host(), ctx.Request.Header.RequestURI(), n)
}

func start(t *testing.T, h Handlers, change func(*Options)) *Server {
	t.Helper()
	o := Options{Address: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&o)
	}
	s, err := New(h, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	t.Cleanup(func() {
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return s
}

func TestBasePath(t *testing.T) {
	t.Parallel()
	h := doors()
	h.Store = func(ctx *fasthttp.RequestCtx) { fmt.Fprintf(ctx, "store %s", ctx.Request.Header.RequestURI()) }
	h.Console = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Door", "console "+r.URL.Path)
	})
	s := start(t, h, func(o *Options) { o.BasePath = "/base/path" })
	for target, want := range map[string]string{
		"/base/path/2020-05-31/distribution?X-Amz-Credential=AKID%2F20260101%2Fus-east-1%2Fcloudfront%2Faws4_request": "cloudfront",
		"/base/path/_warmfront/v1/site": "operations", "/base/path/metrics": "metrics", "/base/path/bucket/key": "s3", "/base/path/": "s3", "/base/path": "s3",
		"/base/path?x": "s3", "/base/path/healthz": "", "/base/path/console/": "console /console/", "/base/path/console": "console /console",
		"http://h.example/base/path/b": "s3", "/base/path/base/path/b": "s3",
	} {
		resp, body := exchange(t, s, "GET "+target+" HTTP/1.1\r\nHost: h.example\r\nConnection: close\r\n\r\n")
		if door := resp.Header.Get("X-Door"); resp.StatusCode != 200 || door != want {
			t.Errorf("%s: status %d at door %q, want %q", target, resp.StatusCode, door, want)
		} else if door == "s3" && !strings.Contains(body, target) {
			t.Errorf("%s: the door saw %q", target, body)
		}
	}
	for _, target := range []string{"/", "/healthz", "/console/", "/metrics", "/base", "/base/paths", "/base/pathhealthz", "//base/path/healthz", "/base%2Fpath/healthz", "/_warmfront/v1/site"} {
		resp, body := exchange(t, s, "GET "+target+" HTTP/1.1\r\nHost: h.example\r\nConnection: close\r\n\r\n")
		if resp.StatusCode != 404 || resp.Header.Get("X-Door") != "" || !strings.Contains(body, "base path is /base/path/") {
			t.Errorf("%s: status %d at door %q: %s", target, resp.StatusCode, resp.Header.Get("X-Door"), body)
		}
	}
	conn, err := s.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "GET /bucket/key HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
	if answer, _ := io.ReadAll(conn); !strings.HasSuffix(string(answer), "store /bucket/key") {
		t.Errorf("inside: %s", answer)
	}
}

func doors() Handlers {
	return Handlers{S3: sayS3, CloudFront: say("cloudfront"), Operations: say("operations"), Console: say("console"), Metrics: say("metrics")}
}

func TestRouting(t *testing.T) {
	t.Parallel()
	notReady := errors.New("state is loading")
	h := doors()
	h.Ready = func() error { return notReady }
	s := start(t, h, nil)
	const v4 = "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/%s/aws4_request, SignedHeaders=host, Signature=00"
	for _, tc := range []struct {
		target, auth string
		door         string
		status       int
	}{
		{target: "/2020-05-31/distribution", auth: fmt.Sprintf(v4, "cloudfront"), door: "cloudfront"},
		{target: "/2020-05-31/distribution", door: "s3"},
		{target: "/2020-05-31/distribution?X-Amz-Credential=AKID%2F20260101%2Fus-east-1%2Fcloudfront%2Faws4_request", door: "cloudfront"},
		{target: "/_warmfront/v1/key-pairs", auth: fmt.Sprintf(v4, "warmfront"), door: "operations"},
		{target: "/_warmfront/v1/key-pairs", door: "operations"},
		{target: "/_warmfront/v1/key-pairs", auth: fmt.Sprintf(v4, "s3"), door: "operations"},
		{target: "/elsewhere", auth: fmt.Sprintf(v4, "warmfront"), door: "operations"},
		{target: "/bucket/key", auth: fmt.Sprintf(v4, "s3"), door: "s3"},
		{target: "/bucket/a%2Fb//c/../d?x=%zz", auth: fmt.Sprintf(v4, "s3"), door: "s3"},
		{target: "/", auth: fmt.Sprintf(v4, "s3"), door: "s3"},
		{target: "/", door: "s3"},
		{target: "/", auth: fmt.Sprintf(v4, "sts"), door: "s3"},
		{target: "/", auth: "AWS AKID:signature", door: "s3"},
		{target: "/", auth: "AWS4-HMAC-SHA256 Credential=", door: "s3"},
		{target: "/", auth: "AWS4-HMAC-SHA256 Credential=a/b/cloudfront", door: "s3"},
		{target: "/healthz", auth: fmt.Sprintf(v4, "s3"), door: "s3"},
		{target: "/healthz?X-Amz-Signature=1", door: "s3"},
		{target: "/healthz?AWSAccessKeyId=1", door: "s3"},
		{target: "/healthz", status: 200},
		{target: "/healthz?a=1", status: 200},
		{target: "/healthzz", door: "s3"},
		{target: "/readyz", status: 503},
		{target: "/console/", door: "console"},
		{target: "/console/assets/a.js", door: "console"},
		{target: "/console", door: "console"},
		{target: "/consoles", door: "s3"},
		{target: "/console/", auth: fmt.Sprintf(v4, "s3"), door: "s3"},
		{target: "/metrics", door: "metrics"},
		{target: "/metrics", auth: "Bearer abc", door: "metrics"},
		{target: "/metrics", auth: fmt.Sprintf(v4, "warmfront"), door: "metrics"},
		{target: "/metrics", auth: fmt.Sprintf(v4, "s3"), door: "s3"},
		{target: "/metrics/a", status: 404},
		{target: "/a", auth: "Bearer abc", door: "s3"},
	} {
		raw := "GET " + tc.target + " HTTP/1.1\r\nHost: h.example\r\n"
		if tc.auth != "" {
			raw += "Authorization: " + tc.auth + "\r\n"
		}
		resp, body := exchange(t, s, raw+"Connection: close\r\n\r\n")
		if tc.status == 0 {
			tc.status = 200
		}
		if resp.StatusCode != tc.status || resp.Header.Get("X-Door") != tc.door {
			t.Errorf("%s (%s): status %d at door %q: %s", tc.target, tc.auth, resp.StatusCode, resp.Header.Get("X-Door"), body)
		}
		if want := "GET h.example " + tc.target + " 0"; tc.door != "" && body != want {
			t.Errorf("%s: the door saw %q, want %q", tc.target, body, want)
		}
	}
	notReady = nil
	if resp, _ := exchange(t, s, "GET http://h.example/readyz HTTP/1.1\r\nHost: h.example\r\nConnection: close\r\n\r\n"); resp.StatusCode != 200 {
		t.Errorf("ready: status %d", resp.StatusCode)
	}
}

// exchange sends raw on a new connection and reads one response.
func exchange(t *testing.T, s *Server, raw string) (*http.Response, string) {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, raw)
	return read(t, bufio.NewReader(conn))
}

func read(t *testing.T, br *bufio.Reader) (*http.Response, string) {
	t.Helper()
	resp, err := http.ReadResponse(br, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestBodyLimitOfAPIs(t *testing.T) {
	t.Parallel()
	s := start(t, doors(), func(o *Options) { o.MaxBodyBytes = 1000 })
	url := "http://" + s.Addr().String() + "/_warmfront/v1/x"
	for _, tc := range []struct {
		size    int
		chunked bool
		status  int
	}{{1000, false, 200}, {1000, true, 200}, {1001, false, 413}, {1001, true, 413}, {100 << 10, false, 413}, {100 << 10, true, 413}} {
		var body io.Reader = bytes.NewReader(make([]byte, tc.size))
		if tc.chunked {
			body = io.MultiReader(body)
		}
		resp, err := http.Post(url, "application/json", body)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != tc.status {
			t.Errorf("%d bytes, chunked %v: status %d, want %d", tc.size, tc.chunked, resp.StatusCode, tc.status)
		}
	}
	resp, err := http.Post("http://"+s.Addr().String()+"/bucket/key", "", bytes.NewReader(make([]byte, 3<<20)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got, _ := io.ReadAll(resp.Body); !strings.HasSuffix(string(got), " 3145728") {
		t.Errorf("S3 is not limited here, but saw %q", got)
	}
}

// An upload whose body the door did not read must not be taken for the next request.
func TestUnreadBodies(t *testing.T) {
	t.Parallel()
	s := start(t, doors(), nil)
	for _, upload := range []string{
		"PUT /b/k HTTP/1.1\r\nHost: h\r\nAccept-Encoding: skip-body\r\nTransfer-Encoding: chunked\r\n\r\n1a\r\nGET /smuggled HTTP/1.1\r\n\r\n\r\n0\r\n\r\n",
		"PUT /b/k HTTP/1.1\r\nHost: h\r\nAccept-Encoding: skip-body\r\nContent-Length: 26\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n",
	} {
		conn, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, upload+"GET /next HTTP/1.1\r\nHost: h\r\n\r\n")
		br := bufio.NewReader(conn)
		if _, body := read(t, br); body != "PUT h /b/k 0" {
			t.Errorf("got %q", body)
		}
		resp, err := http.ReadResponse(br, nil)
		if err == nil { // kept alive: then it must be the next request's
			if body, _ := io.ReadAll(resp.Body); string(body) != "GET h /next 0" {
				t.Errorf("after the upload: %q", body)
			}
		}
		conn.Close()
	}
}

func TestAmbiguousBodies(t *testing.T) {
	t.Parallel()
	s := start(t, doors(), nil)
	for _, fields := range []string{
		"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "transfer-encoding: chunked\r\ncontent-length: 5\r\n",
		"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
	} {
		resp, body := exchange(t, s, "PUT /b/k HTTP/1.1\r\nHost: h\r\n"+fields+"\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n")
		if resp.StatusCode != 400 || !resp.Close {
			t.Errorf("%q: %d %s", fields, resp.StatusCode, body)
		}
	}
	if resp, body := exchange(t, s, "PUT /b/k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n1\r\nx\r\n0\r\n\r\n"); resp.StatusCode != 200 || body != "PUT h /b/k 1" {
		t.Errorf("chunked alone: %d %s", resp.StatusCode, body)
	}
}

func TestDial(t *testing.T) {
	t.Parallel()
	s := start(t, doors(), nil)
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return s.Dial(ctx) }}}
	defer client.CloseIdleConnections()
	for range 3 {
		resp, err := client.Post("http://bucket.s3.amazonaws.com/healthz", "", bytes.NewReader(make([]byte, 2<<20)))
		if err != nil {
			t.Fatal(err)
		}
		if body, _ := io.ReadAll(resp.Body); string(body) != "POST bucket.s3.amazonaws.com /healthz 2097152" {
			t.Errorf("got %q: the store inside is S3 alone", body)
		}
		resp.Body.Close()
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if conn, err := s.Dial(ctx); err == nil {
		conn.Close() // it may have been accepted first
	}
}

func TestFilesAndPanics(t *testing.T) {
	t.Parallel()
	data := make([]byte, 3<<20)
	rand.Read(data)
	file := filepath.Join(t.TempDir(), "object")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	h := doors()
	h.S3 = func(ctx *fasthttp.RequestCtx) {
		if string(ctx.Path()) == "/panic" {
			panic("a bug")
		}
		f, err := os.Open(file)
		if err != nil {
			t.Error(err)
		}
		ctx.SetBodyStream(f, len(data))
	}
	h.Operations = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a bug") })
	s := start(t, h, nil)
	for path, want := range map[string]int{"/object": 200, "/panic": 500, "/_warmfront/v1/x": 500} {
		resp, err := http.Get("http://" + s.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != want {
			t.Errorf("%s: status %d, %v", path, resp.StatusCode, err)
		}
		if path == "/object" && !bytes.Equal(body, data) {
			t.Errorf("the object arrived changed: %d bytes", len(body))
		}
	}
}

func TestTimeouts(t *testing.T) {
	t.Parallel()
	const short = 80 * time.Millisecond
	for name, send := range map[string]string{
		"no request":     "",
		"half a head":    "GET / HTTP/1.1\r\nHost:",
		"half a body":    "PUT /b/k HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345",
		"second request": "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, doors(), func(o *Options) { o.HeadTimeout, o.BodyTimeout, o.IdleTimeout = short, short, short })
			conn, err := net.Dial("tcp", s.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			io.WriteString(conn, send)
			conn.SetReadDeadline(time.Now().Add(time.Minute))
			if _, err := io.Copy(io.Discard, conn); err != nil && !strings.Contains(err.Error(), "reset") {
				t.Errorf("the connection was not closed: %v", err)
			}
		})
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for addr, loopback := range map[string]bool{
		"127.0.0.1:4480": true, "127.1.2.3:0": true, "[::1]:4480": true, "localhost:4480": true,
		":4480": false, "0.0.0.0:4480": false, "[::]:4480": false, "192.0.2.1:4480": false, "api.example.com:4480": false,
	} {
		_, err := New(doors(), Options{Address: addr})
		var needsTLS *TLSRequiredError
		if errors.As(err, &needsTLS) == loopback {
			t.Errorf("%s: %v", addr, err)
		}
	}
	s := start(t, doors(), nil)
	other, err := New(doors(), Options{Address: s.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	err = other.Listen()
	if want := "cannot listen for the API on " + s.Addr().String() + " (tcp): the port is in use by another program"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
