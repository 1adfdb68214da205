// Package cache tries what an HTTP cache must and may do, section by section of the RFCs: each
// case scripts an origin's answers and a viewer's requests through a real node, and says what
// has to come of them. Cases are text, in the folder cases:
//
//	== RFC 9111 5.2.2.1: fresh as long as max-age says
//	> GET /x                  a request; method and target are optional. Further lines: fields
//	< 200                     what the origin answers if it is asked; 200 unless said. Fields:
//	< Cache-Control: max-age=60
//	< Date: +0s               a date, relative to the clock
//	< interim 103             an interim response before it; < interim Name: value, its fields
//	< hangs up                no answer at all
//	< 304 if asked            304 to conditions of any kind, else this answer
//	| text                    body of the answer to this request
//	= miss                    what the viewer has to get (below)
//	wait 3s                   moves the clock
//
// A title ending in [strict] or [cloudfront] holds under those rules only. What is expected:
//
//	= miss, hit               the origin was asked without conditions, or not at all
//	= validated etag, lm      it was asked with that validator, answered 304, and the stored
//	                          response was used
//	= forwarded               the request passed through, whatever it became;
//	= forwarded twice         it had to be asked again
//	= broken                  the answer ended before its body was whole
//	= status 304              status, 200 unless said
//	= body text               body; else that of the step whose answer it should be
//	= Name: value             a field of the answer; "Age: >2" compares, "Name: +5s" is a date
//	= no Name                 a field that must be absent
//	= interim 103, interim Name: value, interim none     what came before the answer
//	= sent Name: value, sent no Name     likewise of the request to the origin
//	= requests 3              how often the origin has been asked by then (awaited)
package cache

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// testCase is one case of a script.
type testCase struct {
	section, title string // "RFC 9111 4.2.1" and what it says
	rules          string // "strict", "cloudfront" or "" for both
	steps          []*step
	where          string // file and line
}

// step is one request, the answer the origin has for it, and what is expected.
type step struct {
	method, target string
	fields         []string // "Name: value"
	body           string
	drop           bool // the origin hangs up
	lenient        bool // it answers 304 to any condition
	interim        int  // status of an interim response before the answer, 0 for none
	hints          []string
	status         int
	answer         []string
	text           string
	want           []string
	wait           time.Duration
}

// readCases reads a file of cases.
func readCases(name string) ([]*testCase, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var cases []*testCase
	in := bufio.NewScanner(f)
	for n := 1; in.Scan(); n++ {
		line := in.Text()
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if title, ok := strings.CutPrefix(line, "== "); ok {
			c := newCase(title)
			c.where = fmt.Sprintf("%s:%d", name, n)
			cases = append(cases, c)
			continue
		}
		if len(cases) == 0 || !cases[len(cases)-1].line(line) {
			return nil, fmt.Errorf("%s:%d: cannot read %q", name, n, line)
		}
	}
	return cases, in.Err()
}

func newCase(title string) *testCase {
	c := &testCase{}
	for _, rules := range []string{"strict", "cloudfront"} {
		if rest, ok := strings.CutSuffix(title, " ["+rules+"]"); ok {
			title, c.rules = rest, rules
		}
	}
	c.section, c.title, _ = strings.Cut(title, ": ")
	return c
}

// line takes one line after the title.
func (c *testCase) line(line string) bool {
	kind, rest, _ := strings.Cut(line, " ")
	if kind == ">" && !strings.Contains(rest, ": ") {
		c.steps = append(c.steps, newStep(rest))
		return true
	}
	if len(c.steps) == 0 {
		return false
	}
	s := c.steps[len(c.steps)-1]
	var err error
	switch kind {
	case ">":
		s.fields = append(s.fields, rest)
	case ">|":
		s.body = rest
	case "<":
		switch status, failed := strconv.Atoi(rest); {
		case strings.HasPrefix(rest, "interim "):
			hint := strings.TrimPrefix(rest, "interim ")
			if s.interim == 0 {
				s.interim, err = strconv.Atoi(hint)
			} else {
				s.hints = append(s.hints, hint)
			}
		case rest == "hangs up":
			s.drop = true
		case rest == "304 if asked":
			s.lenient = true
		case failed == nil:
			s.status = status
		default:
			s.answer = append(s.answer, rest)
		}
	case "|":
		s.text = rest
	case "=":
		s.want = append(s.want, rest)
	case "wait":
		s.wait, err = time.ParseDuration(rest)
	default:
		return false
	}
	return err == nil
}

func newStep(request string) *step {
	s := &step{method: "GET", status: 200}
	for word := range strings.FieldsSeq(request) {
		if strings.HasPrefix(word, "/") || strings.HasPrefix(word, "?") {
			s.target = word
		} else {
			s.method = word
		}
	}
	return s
}

// when reads "+5s", "-24h" as a date relative to now, as HTTP writes it. ok is false for
// anything else.
func when(value string, now time.Time) (string, bool) {
	if value == "" || (value[0] != '+' && value[0] != '-') {
		return value, false
	}
	d, err := time.ParseDuration(value)
	if err != nil {
		return value, false
	}
	return now.Add(d).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"), true
}
