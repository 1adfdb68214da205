package listener

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/edge"
)

// echo answers with method, target and body, so that raw-socket tests can see where one
// request ends and the next begins.
func echo(req *edge.Request, w edge.Responder) {
	s := look(req)
	w.Respond(&edge.Response{Status: 200, Bytes: fmt.Appendf(nil, "<%s %s %s>", s.method, s.target, s.body)})
}

// talk sends raw to the clear-text port and returns everything that comes back until the
// connection ends or wait passes.
func talk(t *testing.T, addr, raw string, wait time.Duration) string {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, raw)
	conn.SetReadDeadline(time.Now().Add(wait))
	b, err := io.ReadAll(conn)
	if err == nil {
		return string(b) + "[closed]"
	}
	return string(b)
}

// summary reduces responses to their status codes, bodies and the end.
func summary(raw string) string {
	var parts []string
	raw, closed := strings.CutSuffix(raw, "[closed]")
	br := bufio.NewReader(strings.NewReader(raw))
	for {
		resp, err := http.ReadResponse(br, nil)
		if err != nil {
			break
		}
		b, _ := io.ReadAll(resp.Body)
		part := resp.Status[:3]
		if resp.StatusCode == 200 {
			part += string(b)
		}
		parts = append(parts, part)
	}
	if closed {
		parts = append(parts, "closed")
	}
	return strings.Join(parts, " ")
}

func TestFraming(t *testing.T) {
	t.Parallel()
	short := func(o *Options) {
		o.HTTPS = ""
		o.HeadTimeout, o.BodyTimeout = 2*time.Second, 2*time.Second // a busy machine is no silent viewer
	}
	sites := map[string]*site{"": start(t, echo, short), ", loop": startHandler(t, inMemory{echo}, short)}
	const (
		next  = "GET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
		after = " 200<GET /next > closed"
		bad   = "400 closed"
	)
	for name, tc := range map[string]struct{ send, want string }{
		"plain":                    {"GET /a HTTP/1.1\r\nHost: h\r\n\r\n" + next, "200<GET /a >" + after},
		"pipelined":                {strings.Repeat("GET /a HTTP/1.1\r\nHost: h\r\n\r\n", 3) + next, "200<GET /a > 200<GET /a > 200<GET /a >" + after},
		"connection close":         {"GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" + next, "200<GET /a > closed"},
		"close among others":       {"GET /a HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\n" + next, "200<GET /a > closed"},
		"HTTP/1.0":                 {"GET /a HTTP/1.0\r\n\r\n" + next, "200<GET /a > closed"},
		"HTTP/1.0 keep-alive":      {"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + next, "200<GET /a >" + after},
		"HTTP/1.0 with coding":     {"POST /a HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + next, bad},
		"HTTP/1.2":                 {"GET /a HTTP/1.2\r\nHost: h\r\n\r\n" + next, "505 closed"},
		"HTTP/2.0":                 {"GET /a HTTP/2.0\r\nHost: h\r\n\r\n" + next, "505 closed"},
		"no version":               {"GET /a\r\n\r\n", bad},
		"h2 preface":               {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", bad},
		"TLS hello":                {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", bad},
		"sized body":               {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello" + next, "200<POST /a hello>" + after},
		"empty body":               {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n" + next, "200<POST /a >" + after},
		"no framing":               {"POST /a HTTP/1.1\r\nHost: h\r\n\r\n" + next, "200<POST /a >" + after},
		"chunked body":             {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nX-T: 1\r\n\r\n" + next, "200<POST /a hello>" + after},
		"GET with body":            {"GET /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello" + next, "200<GET /a hello>" + after},
		"length and coding":        {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + next, bad},
		"coding and length":        {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + next, bad},
		"differing lengths":        {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello" + next, bad},
		"equal lengths":            {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello" + next, bad},
		"listed lengths":           {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5, 5\r\n\r\nhello" + next, bad},
		"signed length":            {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: +5\r\n\r\nhello" + next, bad},
		"negative length":          {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: -5\r\n\r\nhello" + next, bad},
		"hexadecimal length":       {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 0x5\r\n\r\nhello" + next, bad},
		"huge length":              {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\nhello" + next, bad},
		"length beyond the limit":  {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999\r\n\r\nhello" + next, "413 closed"},
		"unknown coding":           {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + next, bad},
		"identity coding":          {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\n\r\n" + next, bad},
		"no length":                {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\n" + next, bad},
		"two codings":              {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + next, bad},
		"coding twice":             {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + next, bad},
		"coding with tab":          {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n" + next, "200<POST /a >" + after},
		"coding with vertical tab": {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + next, bad},
		"space before colon":       {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length : 5\r\n\r\nhello" + next, bad},
		"space in name":            {"GET /a HTTP/1.1\r\nHost: h\r\nContent Length: 5\r\n\r\n" + next, bad},
		"name of no characters":    {"GET /a HTTP/1.1\r\nHost: h\r\n: x\r\n\r\n" + next, bad},
		"no colon":                 {"GET /a HTTP/1.1\r\nHost: h\r\nfield\r\n\r\n" + next, bad},
		"folded field":             {"GET /a HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n" + next, bad},
		"folded first field":       {"GET /a HTTP/1.1\r\n Host: h\r\n\r\n" + next, bad},
		"CR in value":              {"GET /a HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n" + next, bad},
		"NUL in value":             {"GET /a HTTP/1.1\r\nHost: h\r\nX: a\x00b\r\n\r\n" + next, bad},
		"bare LF everywhere":       {"GET /a HTTP/1.1\nHost: h\n\n", bad},
		"bare LF in request line":  {"GET /a HTTP/1.1\nHost: h\r\n\r\n" + next, bad},
		"bare LF in a field":       {"GET /a HTTP/1.1\r\nHost: h\nX: y\r\n\r\n" + next, bad},
		"bare LF at the end":       {"GET /a HTTP/1.1\r\nHost: h\r\n\n" + next, bad},
		"one empty line before":    {"\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n" + next, "200<GET /a >" + after},
		"no host":                  {"GET /a HTTP/1.1\r\nX: y\r\n\r\n" + next, bad},
		"no fields":                {"GET /a HTTP/1.1\r\n\r\n" + next, bad},
		"two hosts":                {"GET /a HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n" + next, bad},
		"host with path":           {"GET /a HTTP/1.1\r\nHost: h/x\r\n\r\n" + next, bad},
		"host with user":           {"GET /a HTTP/1.1\r\nHost: u@h\r\n\r\n" + next, bad},
		"absolute form":            {"GET http://h/a?b HTTP/1.1\r\nHost: h\r\n\r\n" + next, "200<GET /a?b >" + after},
		"absolute form, no path":   {"GET http://h HTTP/1.1\r\nHost: h\r\n\r\n" + next, "200<GET / >" + after},
		"absolute form, query":     {"GET http://h?x HTTP/1.1\r\nHost: h\r\n\r\n" + next, "200<GET /?x >" + after},
		"absolute form, case":      {"GET HTTP://H/a HTTP/1.1\r\nHost: h\r\n\r\n" + next, "200<GET /a >" + after},
		"other authority":          {"GET http://i/a HTTP/1.1\r\nHost: h\r\n\r\n" + next, bad},
		"authority with user":      {"GET http://u@h/a HTTP/1.1\r\nHost: h\r\n\r\n" + next, bad},
		"other scheme":             {"GET ftp://h/a HTTP/1.1\r\nHost: h\r\n\r\n" + next, bad},
		"relative target":          {"GET a HTTP/1.1\r\nHost: h\r\n\r\n" + next, bad},
		"space in target":          {"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n" + next, bad},
		"two spaces":               {"GET  /a HTTP/1.1\r\nHost: h\r\n\r\n" + next, bad},
		"control in target":        {"GET /a\x01 HTTP/1.1\r\nHost: h\r\n\r\n" + next, bad},
		"raw bytes in target":      {"GET /\xc3\xa9{} HTTP/1.1\r\nHost: h\r\n\r\n" + next, "200<GET /\xc3\xa9{} >" + after},
		"asterisk":                 {"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n" + next, "200<OPTIONS * >" + after},
		"asterisk for GET":         {"GET * HTTP/1.1\r\nHost: h\r\n\r\n" + next, bad},
		"CONNECT":                  {"CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n" + next, bad},
		"odd method":               {"BREW /a HTTP/1.1\r\nHost: h\r\n\r\n" + next, "200<BREW /a >" + after},
		"method that is no token":  {"G@T /a HTTP/1.1\r\nHost: h\r\n\r\n" + next, bad},
		"chunk size with 0x":       {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n" + next, "!"},
		"chunk size with LF":       {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n" + next, "!"},
		"chunk extension with LF":  {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;a\nb\r\nhello\r\n0\r\n\r\n" + next, "!"},
		"chunk longer than told":   {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n" + next, "!"},
		"negative chunk":           {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nhello\r\n0\r\n\r\n" + next, "!"},
		"huge chunk":               {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n0\r\n\r\n" + next, "!"},
		"unfinished chunks":        {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "!"},
		"unfinished body":          {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello", "!"},
		"unfinished head":          {"GET /a HTTP/1.1\r\nHost: h\r\n", "408 closed"},
		"unfinished second head":   {"GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTT", "200<GET /a > 408 closed"},
		"unknown expectation":      {"POST /a HTTP/1.1\r\nHost: h\r\nExpect: 200-ok\r\nContent-Length: 5\r\n\r\nhello" + next, "417 closed"},
	} {
		for way, s := range sites {
			t.Run(name+way, func(t *testing.T) {
				t.Parallel()
				got := summary(talk(t, s.plain, tc.send, time.Minute))
				if tc.want == "!" { // the edge saw the body fail, and the connection ended with its answer
					if !strings.HasPrefix(got, "200<POST /a ") || !strings.Contains(got, "!") || !strings.HasSuffix(got, "> closed") || strings.Contains(got, "/next") {
						t.Errorf("got %q, want a failed body and the end", got)
					}
				} else if got != tc.want {
					t.Errorf("got %q, want %q", got, tc.want)
				}
			})
		}
	}
}

func TestHeadLimit(t *testing.T) {
	t.Parallel()
	s := start(t, echo, nil)
	fit := maxHeadBytes - len("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX: \r\n\r\n")
	for size, want := range map[int]string{fit: "200<GET / > closed", fit + 1: "494 closed", 10 * maxHeadBytes: "494 closed"} {
		raw := "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX: " + strings.Repeat("x", size) + "\r\n\r\n"
		if got := summary(talk(t, s.plain, raw, time.Minute)); got != want {
			t.Errorf("a head of %d bytes: %q, want %q", len(raw), got, want)
		}
	}
	long := "/" + strings.Repeat("u", 20000) // the length of a URL is the edge's to judge
	if got := summary(talk(t, s.plain, "GET "+long+" HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", time.Minute)); got != "200<GET "+long+" > closed" {
		t.Errorf("a long target: %.40q", got)
	}
	for _, p := range s.protocols(t) {
		req, _ := http.NewRequest("GET", p.base+"/", nil)
		req.Header.Set("X", strings.Repeat("x", maxHeadBytes))
		resp, err := p.client.Do(req)
		if err != nil {
			t.Errorf("%s: %v", p.name, err)
			continue
		}
		resp.Body.Close()
		if resp.StatusCode != statusHeadTooLarge {
			t.Errorf("%s: status %d", p.name, resp.StatusCode)
		}
	}
}

func TestExpectContinue(t *testing.T) {
	t.Parallel()
	s := start(t, func(req *edge.Request, w edge.Responder) {
		if req.Target == "/refuse" {
			w.Respond(&edge.Response{Status: 403})
			return
		}
		echo(req, w)
	}, nil)
	head := func(target, version string) string {
		return "POST " + target + " HTTP/" + version + "\r\nHost: h\r\nConnection: keep-alive\r\nExpect: 100-Continue\r\nContent-Length: 5\r\n\r\n"
	}
	conn, err := net.Dial("tcp", s.plain)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	br := bufio.NewReader(conn)
	io.WriteString(conn, head("/a", "1.1"))
	if line, _ := br.ReadString('\n'); line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("got %q", line)
	}
	br.ReadString('\n')
	io.WriteString(conn, "hello")
	resp, err := http.ReadResponse(br, nil)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(resp.Body); string(b) != "<POST /a hello>" || resp.Close {
		t.Errorf("got %q, close %v", b, resp.Close)
	}
	// Refused without asking for the body: nobody knows if it comes, so the connection ends.
	if got := summary(talk(t, s.plain, head("/refuse", "1.1"), time.Minute)); got != "403 closed" {
		t.Errorf("refused: %q", got)
	}
	// HTTP/1.0 knows no 100.
	old, err := net.Dial("tcp", s.plain)
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	io.WriteString(old, head("/a", "1.0")+"hello")
	if resp, err = http.ReadResponse(bufio.NewReader(old), nil); err != nil || resp.StatusCode != 200 {
		t.Fatalf("HTTP/1.0: %v, %v", resp, err)
	}
	if b, _ := io.ReadAll(resp.Body); string(b) != "<POST /a hello>" {
		t.Errorf("HTTP/1.0: %q", b)
	}
}

func TestHTTP10Bodies(t *testing.T) {
	t.Parallel()
	s := start(t, func(req *edge.Request, w edge.Responder) {
		r := &edge.Response{Status: 200, ContentLength: -1, Stream: io.NopCloser(strings.NewReader("hello"))}
		if req.Target == "/broken" {
			r.Stream = io.NopCloser(&failing{part: "hello", err: io.ErrUnexpectedEOF})
		}
		w.Respond(r)
	}, nil)
	got := talk(t, s.plain, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", time.Minute)
	if want := "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello[closed]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	// The end of the connection would say that the body is whole: it must be a reset.
	if got := talk(t, s.plain, "GET /broken HTTP/1.0\r\n\r\n", time.Minute); strings.HasSuffix(got, "[closed]") {
		t.Errorf("a broken body ended like a whole one: %q", got)
	}
}

// A body the edge does not read must not be taken for the next request.
func TestUnreadBodies(t *testing.T) {
	t.Parallel()
	s := start(t, func(req *edge.Request, w edge.Responder) {
		w.Respond(&edge.Response{Status: 200, Bytes: []byte(req.Target)})
	}, nil)
	smuggled := "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"
	const next = "GET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
	for name, tc := range map[string]struct{ send, want string }{
		"sized":   {fmt.Sprintf("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", len(smuggled), smuggled) + next, "200/a 200/next closed"},
		"chunked": {fmt.Sprintf("POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(smuggled), smuggled) + next, "200/a 200/next closed"},
		"long":    {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" + smuggled, "200/a closed"},
	} {
		if got := summary(talk(t, s.plain, tc.send, time.Minute)); got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}
