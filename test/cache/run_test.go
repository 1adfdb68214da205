package cache

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/warmfront/warmfront/internal/nodetest"
)

func TestCases(t *testing.T) {
	for _, over := range []struct {
		rules    string
		protocol nodetest.Protocol
	}{{"strict", nodetest.HTTP1}, {"strict", nodetest.HTTP2}, {"strict", nodetest.HTTP3}, {"cloudfront", nodetest.HTTP1}} {
		rules := over.rules
		t.Run(rules+" "+string(over.protocol), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, rules, over.protocol)
			number := 0
			for _, c := range allCases(t) {
				number++
				if c.rules == "" || c.rules == rules {
					t.Run(c.section+" "+c.title, func(t *testing.T) { w.run(t, c, fmt.Sprintf("/case/%d", number)) })
				}
			}
		})
	}
}

// allCases reads every script.
func allCases(t *testing.T) []*testCase {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("cases", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d scripts: %v", len(files), err)
	}
	slices.Sort(files)
	var all []*testCase
	for _, name := range files {
		cases, err := readCases(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, cases...)
	}
	return all
}

// run plays one case. Every step takes a millisecond.
func (w *world) run(t *testing.T, c *testCase, path string) {
	w.origin.play(c.steps)
	for n, s := range c.steps {
		before := len(w.origin.requests())
		got := w.send(t, s, n, path)
		resp := got.resp
		got.before = before
		for _, want := range s.want {
			if err := got.check(want); err != nil {
				t.Errorf("%s: step %d: %s: %v (%d, Cache-Status %q)", c.where, n, want, err, resp.StatusCode, resp.Header.Get("Cache-Status"))
			}
		}
		if !slices.ContainsFunc(s.want, func(w string) bool { return strings.HasPrefix(w, "status ") }) && resp.StatusCode != s.expectedStatus() {
			t.Errorf("%s: step %d: status %d, want %d", c.where, n, resp.StatusCode, s.expectedStatus())
		}
		w.node.Advance(w.clock, time.Millisecond+s.wait)
	}
}

func (s *step) expectedStatus() int {
	if s.drop {
		return 200
	}
	return s.status
}

func (w *world) send(t *testing.T, s *step, n int, path string) *outcome {
	t.Helper()
	target := path + s.target
	req, err := nodetest.NewRequest(s.method, "https", fmt.Sprintf("%s:%d", w.domain, w.node.HTTPSPort), target)
	if err != nil {
		t.Fatal(err)
	}
	if s.body != "" {
		req.Body, req.ContentLength = io.NopCloser(strings.NewReader(s.body)), int64(len(s.body))
	}
	req.Host = w.domain // the port changes when the node starts anew
	req.Header.Set(stepField, strconv.Itoa(n))
	for _, f := range s.fields {
		name, value, _ := strings.Cut(f, ": ")
		value, _ = when(value, w.clock.Now())
		req.Header.Add(name, strings.TrimSpace(value)) // blanks around it are no part of it
	}
	var interim []string
	req = req.WithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(status int, h textproto.MIMEHeader) error {
		interim = append(interim, strconv.Itoa(status))
		for name := range h {
			interim = append(interim, name+": "+h.Get(name))
		}
		return nil
	}}))
	resp, err := w.viewer.Do(req)
	broken := slices.Contains(s.want, "broken")
	switch {
	case err != nil && broken: // the reset has overtaken the head
		resp = &http.Response{StatusCode: s.status, Header: http.Header{}, Body: io.NopCloser(iotest.ErrReader(err))}
	case err != nil:
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if (err != nil) != broken {
		t.Errorf("step %d: reading the body: %v", n, err)
	}
	return &outcome{n: n, s: s, resp: resp, body: string(body), interim: interim, now: w.clock.Now(), origin: w.origin}
}
