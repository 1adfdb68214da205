package cache

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// scripted is an origin that answers each request with what the step it belongs to says. The
// viewer names case and step in a field, which the distribution passes on.
type scripted struct {
	port int
	now  func() time.Time

	mu    sync.Mutex
	steps []*step // of the case that runs
	base  time.Time
	asked []asked
}

// asked is one request the origin received.
type asked struct {
	step   int // counted from 0
	header http.Header
	method string
}

const stepField = "Case-Step"

func newScripted(t testing.TB, now func() time.Time) *scripted {
	o := &scripted{now: now}
	s := httptest.NewServer(o)
	t.Cleanup(s.Close)
	o.port = s.Listener.Addr().(*net.TCPAddr).Port
	return o
}

// play begins a case.
func (o *scripted) play(steps []*step) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.steps, o.asked, o.base = steps, nil, o.now()
}

// requests are those received since play.
func (o *scripted) requests() []asked {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]asked(nil), o.asked...)
}

// ServeHTTP implements http.Handler.
func (o *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(r.Header.Get(stepField))
	o.mu.Lock()
	if err != nil || n >= len(o.steps) {
		o.mu.Unlock()
		http.Error(w, "the request names no step", http.StatusNotImplemented)
		return
	}
	s, base := o.steps[n], o.base
	o.asked = append(o.asked, asked{step: n, header: r.Header, method: r.Method})
	o.mu.Unlock()
	if s.drop {
		panic(http.ErrAbortHandler)
	}
	o.answer(w, r, n, s, base)
}

func (o *scripted) answer(w http.ResponseWriter, r *http.Request, n int, s *step, base time.Time) {
	h := w.Header()
	h["Content-Type"] = []string{"text/plain"}
	h["Date"] = []string{o.now().UTC().Format(http.TimeFormat)}
	h["Answer-Step"] = []string{strconv.Itoa(n)}
	dated := false
	for _, line := range s.answer {
		name, value, _ := strings.Cut(line, ": ")
		name = http.CanonicalHeaderKey(strings.TrimSuffix(name, ":"))
		from := o.now()
		if name == "Last-Modified" {
			from = base // the same in every answer of the case
		}
		value, _ = when(value, from)
		if name == "Content-Type" || (name == "Date" && !dated) {
			dated = dated || name == "Date"
			delete(h, name)
		}
		if h[name] = append(h[name], value); name == "Date" && value == "none" {
			h[name] = nil
		}
	}
	status := s.status
	switch conditional := r.Header.Get("If-None-Match") != "" || r.Header.Get("If-Modified-Since") != ""; {
	case conditional && (s.lenient || validates(s)):
		status = http.StatusNotModified
	case validates(s):
		status = 599
	}
	send(w, h, status, s, n, r.Method)
}

// send writes a response as it is: net/http's own would mend it.
func send(w http.ResponseWriter, h http.Header, status int, s *step, n int, method string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	var b strings.Builder
	if s.interim != 0 {
		fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", s.interim, http.StatusText(s.interim))
		for _, hint := range s.hints {
			b.WriteString(hint + "\r\n")
		}
		b.WriteString("\r\n")
	}
	content := s.content(n)
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	for name, values := range h {
		for _, v := range values {
			fmt.Fprintf(&b, "%s: %s\r\n", name, v)
		}
	}
	if status == http.StatusNotModified || status == http.StatusNoContent {
		content = ""
	} else if h.Get("Content-Length") == "" {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(content))
	}
	b.WriteString("\r\n")
	if method != http.MethodHead {
		b.WriteString(content)
	}
	io.WriteString(conn, b.String())
}

// content is the body of step n's answer.
func (s *step) content(n int) string {
	if s.text != "" {
		return s.text
	}
	return fmt.Sprintf("answer to step %d", n)
}

// validates reports whether a step expects the origin to be asked whether what is stored is
// still current.
func validates(s *step) bool {
	for _, w := range s.want {
		if strings.HasPrefix(w, "validated") {
			return true
		}
	}
	return false
}
