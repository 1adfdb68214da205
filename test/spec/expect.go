package spec

import (
	"net/http"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

func cmdExpect(ts *testscript.TestScript, _ bool, args []string) {
	w := of(ts)
	no := len(args) > 0 && args[0] == "no"
	if no {
		args = args[1:]
	}
	want(ts, len(args) >= 2, "expect [no] status|header|body|body-file|contains|ORIGIN ...")
	switch {
	case w.origins[args[0]] != nil:
		w.expectOrigin(ts, args[0], no, args[1:])
	case args[0] == "status":
		equal(ts, "status", strconv.Itoa(w.resp.StatusCode), args[1], no)
	case args[0] == "header" && no:
		if got, ok := w.resp.Header[http.CanonicalHeaderKey(args[1])]; ok && (len(args) == 2 || got[0] == args[2]) {
			ts.Fatalf("header %s is %q", args[1], got)
		}
	case args[0] == "header-matches":
		got := strings.Join(w.resp.Header.Values(args[1]), ", ")
		if matched, err := regexp.MatchString(args[2], got); err != nil || matched == no {
			ts.Fatalf("header %s is %q (no=%v), %v", args[1], got, no, err)
		}
	case args[0] == "header":
		equal(ts, args[1], strings.Join(w.resp.Header.Values(args[1]), ", "), args[2], false)
	case args[0] == "body":
		equal(ts, "body", string(w.body), args[1], no)
	case args[0] == "body-file":
		equal(ts, "body", string(w.body), string(file(ts, args[1])), no)
	case args[0] == "contains":
		if strings.Contains(string(w.body), args[1]) == no {
			ts.Fatalf("body (no=%v) contains %q: %s", no, args[1], w.body)
		}
	default:
		ts.Fatalf("expect %s: unknown", args[0])
	}
}

func (w *world) expectOrigin(ts *testscript.TestScript, name string, no bool, args []string) {
	requests := w.origins[name].Requests()
	if args[0] == "requests" {
		if got := strconv.Itoa(len(requests)); (got == args[1]) == no {
			var targets []string
			for _, r := range requests {
				targets = append(targets, r.Method+" "+r.Host+r.Target+" "+r.Header.Get("X-Amz-Cf-Id"))
			}
			ts.Fatalf("%s had %s requests, want (not=%v) %s: %q", name, got, no, args[1], targets)
		}
		return
	}
	if len(requests) == 0 {
		ts.Fatalf("%s was never asked", name)
	}
	last := requests[len(requests)-1]
	switch args[0] {
	case "header":
		got, ok := last.Header[http.CanonicalHeaderKey(args[1])]
		switch {
		case no && ok && (len(args) == 2 || got[0] == args[2]):
			ts.Fatalf("%s was sent %s: %q", name, args[1], got)
		case !no:
			equal(ts, name+" "+args[1], strings.Join(got, ", "), args[2], false)
		}
	case "target":
		equal(ts, name+" target", last.Target, args[1], no)
	case "method":
		equal(ts, name+" method", last.Method, args[1], no)
	case "host":
		equal(ts, name+" host", last.Host, args[1], no)
	case "body":
		equal(ts, name+" body", string(last.Body), args[1], no)
	default:
		ts.Fatalf("expect %s %s: unknown", name, args[0])
	}
}

func equal(ts *testscript.TestScript, what, got, wanted string, no bool) {
	if (got == wanted) == no {
		ts.Fatalf("%s is %q, want (not=%v) %q in %s", what, got, no, wanted, filepath.Base(ts.Name()))
	}
}
