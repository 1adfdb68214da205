package accesslog

import (
	"fmt"
	"strings"
	"testing"
)

// log writes a record for a path and flushes; the logger is not running.
func (l *Logger) log(status int, result, path string) {
	if r := l.Get(); r != nil {
		r.Status = status
		r.Set(DistributionID, "E1")
		r.Set(ResultType, result)
		r.Set(URIStem, path)
		l.Write(r)
	}
	l.flush(nil)
}

func TestTailFilters(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]Filter{
		"all":           {},
		"miss":          {Results: []string{"Miss", "RefreshHit"}},
		"404":           {Status: []string{"404"}},
		"404 500 class": {Status: []string{"404", "5xx"}},
		"path":          {Path: "ideo/"},
		"all E1":        {Distribution: "E1"},
		"none":          {Distribution: "E2"},
		"nothing":       {Status: []string{"4xx"}, Results: []string{"Hit"}},
	} {
		l := New(nil, Options{})
		tail, err := l.Tail(f)
		if err != nil {
			t.Fatal(err)
		}
		l.log(200, "Hit", "/a")
		l.log(200, "Miss", "/video/1")
		l.log(404, "Error", "/b")
		l.log(503, "Error", "/c")
		lines, dropped := tail.Take()
		got := make([]string, len(lines))
		for i, line := range lines {
			_, rest, _ := strings.Cut(string(line), `"cs-uri-stem":"`)
			got[i], _, _ = strings.Cut(rest, `"`)
		}
		expected := map[string]string{
			"all": "[/a /video/1 /b /c]", "all E1": "[/a /video/1 /b /c]", "miss": "[/video/1]", "404": "[/b]",
			"404 500 class": "[/b /c]", "path": "[/video/1]", "none": "[]", "nothing": "[]",
		}[want]
		if fmt.Sprint(got) != expected || dropped != 0 {
			t.Errorf("%s: %v, %d dropped, want %s", want, got, dropped, expected)
		}
	}
}

func TestSlowTailDrops(t *testing.T) {
	t.Parallel()
	l := New(nil, Options{})
	tail, _ := l.Tail(Filter{})
	for range maxWaiting + 7 {
		l.log(200, "Hit", "/a")
	}
	<-tail.Ready()
	if lines, dropped := tail.Take(); len(lines) != maxWaiting || dropped != 7 {
		t.Errorf("%d lines, %d dropped", len(lines), dropped)
	}
	l.log(200, "Hit", "/b")
	if lines, dropped := tail.Take(); len(lines) != 1 || dropped != 0 {
		t.Errorf("later: %d lines, %d dropped", len(lines), dropped)
	}
	for range 10 { // bounded by bytes as well
		l.log(200, "Hit", "/"+strings.Repeat("x", maxWaitingBytes/4))
	}
	if lines, dropped := tail.Take(); len(lines) > 5 || dropped < 5 {
		t.Errorf("large: %d lines, %d dropped", len(lines), dropped)
	}
}

func TestTailsComeAndGo(t *testing.T) {
	t.Parallel()
	l := New(nil, Options{})
	if l.Get() != nil {
		t.Error("a record that nobody wants")
	}
	var open []*Tail
	for range maxTails {
		tail, err := l.Tail(Filter{})
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, tail)
	}
	if _, err := l.Tail(Filter{}); err != ErrTooManyTails {
		t.Errorf("%v", err)
	}
	for _, tail := range open {
		l.Untail(tail)
	}
	l.log(200, "Hit", "/a")
	if lines, _ := open[0].Take(); lines != nil || l.Get() != nil {
		t.Error("a closed tail gets records")
	}
	l.End()
	l.End()
	<-l.Ended()
}
