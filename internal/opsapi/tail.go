package opsapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/warmfront/warmfront/internal/accesslog"
	"github.com/warmfront/warmfront/internal/cloudfront"
)

const (
	// beat is the longest silence of a tail.
	beat = 10 * time.Second
	// longestTail is how long one answer goes on.
	longestTail = time.Hour
)

// Tails gives out what requests leave in the log; *accesslog.Logger has the implementation.
type Tails interface {
	Tail(accesslog.Filter) (*accesslog.Tail, error)
	Untail(*accesslog.Tail)
	Ended() <-chan struct{}
}

// stream is an answer that is written as it comes; it sets its own content type.
type stream func(w http.ResponseWriter)

var statusWord = regexp.MustCompile(`^([1-5][0-9][0-9]|[1-5]xx|0)$`)

// tail follows requests. What it writes is described in docs/formats/ops-api.md.
func tail(c *call) (int, any, error) {
	if err := c.onlyParameters("distribution", "status", "result", "path"); err != nil {
		return 0, nil, err
	}
	f := accesslog.Filter{
		Distribution: c.query.Get("distribution"), Path: c.query.Get("path"),
		Status: words(c.query.Get("status")), Results: words(c.query.Get("result")),
	}
	for _, s := range f.Status {
		if !statusWord.MatchString(s) {
			return 0, nil, cloudfront.Errorf("InvalidArgument", "The parameter status must be of the form 404 or 4xx: %q.", s)
		}
	}
	e := c.door.o.Edge
	if e == nil {
		return 0, nil, noEdge()
	}
	t, err := e.Tails.Tail(f)
	if errors.Is(err, accesslog.ErrTooManyTails) {
		return 0, nil, &cloudfront.Error{Code: "TooManyTails", Status: http.StatusConflict, Message: "Too many clients follow the requests of this node: close one of them."}
	}
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, stream(func(w http.ResponseWriter) {
		defer e.Tails.Untail(t)
		c.follow(w, t, e.Tails.Ended())
	}), nil
}

func words(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// follow writes what comes until the client leaves, its key is no longer admitted, or ended is
// closed. A write that fails is how it knows of the client's leaving, so it never stays silent.
func (c *call) follow(w http.ResponseWriter, t *accesslog.Tail, ended <-chan struct{}) {
	w.Header().Set("Content-Type", "application/x-ndjson")
	out := tailWriter{w: w, flush: http.NewResponseController(w)}
	silence, end := time.NewTicker(beat), time.NewTimer(longestTail)
	defer silence.Stop()
	defer end.Stop()
	out.write(map[string]any{"now": c.door.o.Real().UTC().Round(0)})
	for out.send() == nil {
		select {
		case <-c.ctx.Done():
			return
		case <-ended:
			out.end("stopping")
			return
		case <-end.C:
			out.end("time")
			return
		case <-silence.C:
			if _, err := c.door.findKey(c.ctx, c.caller.ID, c.token); err != nil && !unavailable(err) {
				out.end("key")
				return
			}
			out.write(map[string]any{"now": c.door.o.Real().UTC().Round(0)})
		case <-t.Ready():
			lines, dropped := t.Take()
			for _, line := range lines {
				out.write(map[string]json.RawMessage{"request": line})
			}
			if dropped > 0 {
				out.write(map[string]uint64{"dropped": dropped})
			}
		}
	}
}

// unavailable reports whether err says nothing about the key.
func unavailable(err error) bool {
	e, ok := errors.AsType[*cloudfront.Error](err)
	return !ok || e.Code == "ServiceUnavailable"
}

// tailWriter collects lines and sends them together.
type tailWriter struct {
	w     http.ResponseWriter
	flush *http.ResponseController
	buf   []byte
}

// write adds one line.
func (o *tailWriter) write(v any) {
	line, err := json.Marshal(v)
	if err != nil {
		return // cannot be: the lines are made of JSON and numbers
	}
	o.buf = append(append(o.buf, line...), '\n')
}

// send sends the lines there are.
func (o *tailWriter) send() error {
	_, err := o.w.Write(o.buf)
	o.buf = o.buf[:0]
	if err != nil {
		return err
	}
	return o.flush.Flush()
}

// end says why the stream ends, if the client still listens.
func (o *tailWriter) end(why string) {
	o.write(map[string]string{"end": why})
	_ = o.send() // nobody is left to be told
}
