package cache

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// outcome is what came of one step.
type outcome struct {
	n      int
	s      *step
	resp   *http.Response
	body   string
	now    time.Time
	origin *scripted

	interim []string // statuses and fields of interim responses
	before  int      // how often the origin had been asked
}

// check compares the outcome with one expectation.
func (o *outcome) check(want string) error {
	word, rest, _ := strings.Cut(want, " ")
	switch word {
	case "hit", "miss", "validated", "forwarded":
		return o.came(word, rest)
	case "status":
		if strconv.Itoa(o.resp.StatusCode) != rest {
			return fmt.Errorf("status %d, want %s", o.resp.StatusCode, rest)
		}
		return nil
	case "broken":
		return nil // seen when the body was read
	case "body":
		if o.body != rest {
			return fmt.Errorf("body %q, want %q", o.body, rest)
		}
		return nil
	case "interim":
		if rest == "none" && len(o.interim) > 0 || rest != "none" && !slices.Contains(o.interim, rest) {
			return fmt.Errorf("interim responses %q", o.interim)
		}
		return nil
	case "requests":
		return o.requests(rest)
	case "sent":
		for _, a := range o.origin.requests()[o.before:] {
			if a.step == o.n {
				return o.field(rest, a.header)
			}
		}
		return fmt.Errorf("the origin was not asked")
	}
	return o.field(want, o.resp.Header)
}

// came checks where the answer is from.
func (o *outcome) came(word, validator string) error {
	all := o.origin.requests()
	fresh := all[min(o.before, len(all)):]
	answered, err := strconv.Atoi(o.resp.Header.Get("Answer-Step"))
	if word == "hit" {
		switch {
		case err == nil && answered == o.n:
			return fmt.Errorf("not from the store")
		case o.resp.StatusCode < 300 && o.resp.StatusCode != 206 && o.s.method != "HEAD" && o.body == o.s.content(o.n):
			return fmt.Errorf("body of this step: not from the store")
		}
		return nil
	}
	asked := 1
	if validator == "twice" {
		asked = 2
	}
	if len(fresh) != asked {
		return fmt.Errorf("the origin was asked %d times, want %d", len(fresh), asked)
	}
	header := fresh[0].header
	conditional := header.Get("If-None-Match") != "" || header.Get("If-Modified-Since") != ""
	switch {
	case word == "miss" && (err != nil || answered != o.n):
		return fmt.Errorf("from the store")
	case word == "miss" && conditional && !o.conditional():
		return fmt.Errorf("the origin was asked with conditions")
	case validator == "etag" && header.Get("If-None-Match") == "":
		return fmt.Errorf("the origin was asked without If-None-Match")
	case validator == "lm" && header.Get("If-Modified-Since") == "":
		return fmt.Errorf("the origin was asked without If-Modified-Since")
	}
	return nil
}

// conditional reports whether the viewer's own request had conditions.
func (o *outcome) conditional() bool {
	for _, f := range o.s.fields {
		if strings.HasPrefix(f, "If-") {
			return true
		}
	}
	return false
}

// requests waits until the origin has been asked a number of times: refreshes in the
// background take a moment.
func (o *outcome) requests(want string) error {
	for range 200 {
		if strconv.Itoa(len(o.origin.requests())) == want {
			time.Sleep(20 * time.Millisecond) // for what the answer does to the store
			return nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	return fmt.Errorf("%d requests, want %s", len(o.origin.requests()), want)
}

// field compares a field, or its absence.
func (o *outcome) field(want string, h http.Header) error {
	if name, ok := strings.CutPrefix(want, "no "); ok {
		if h.Get(name) != "" {
			return fmt.Errorf("%s is %q, want none", name, h.Values(name))
		}
		return nil
	}
	name, value, ok := strings.Cut(want, ": ")
	if !ok {
		return fmt.Errorf("cannot read the expectation %q", want)
	}
	got := strings.Join(h.Values(name), ", ")
	if least, ok := strings.CutPrefix(value, ">"); ok {
		limit, err := strconv.Atoi(least)
		if n, err2 := strconv.Atoi(got); err != nil || err2 != nil || n <= limit {
			return fmt.Errorf("%s is %q, want more than %s", name, got, least)
		}
		return nil
	}
	if value, _ = when(value, o.now); got != value {
		return fmt.Errorf("%s is %q, want %q", name, got, value)
	}
	return nil
}
