package edge

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/origin"
)

// twoOrigins answers for each origin by its id and remembers what each was asked.
type twoOrigins struct {
	mu    sync.Mutex
	asked map[string][]*origin.Request
	says  map[string]func() (*http.Response, error)
}

func (o *twoOrigins) Fetch(_ context.Context, to *origin.Origin, r *origin.Request) (*http.Response, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	copied := *r
	copied.Header = r.Header.Clone()
	o.asked[to.ID] = append(o.asked[to.ID], &copied)
	return o.says[to.ID]()
}

func (o *twoOrigins) count(id string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.asked[id])
}

// groupWorld has an origin group of the custom origin "o" and the S3 origin "s3", for 503 and
// failures to answer.
func groupWorld(t *testing.T, first, second func() (*http.Response, error)) (*world, *twoOrigins) {
	w := newWorld(t, Options{}, func(w *world) {
		w.config.Origins.Items = append(w.config.Origins.Items, cloudfront.Origin{
			Id: "s3", DomainName: "bucket.s3.amazonaws.com", S3OriginConfig: &cloudfront.S3OriginConfig{},
		})
		w.config.OriginGroups = &cloudfront.OriginGroups{Quantity: 1, Items: []cloudfront.OriginGroup{{
			Id:               "group",
			FailoverCriteria: cloudfront.OriginGroupFailoverCriteria{StatusCodes: cloudfront.StatusCodes{Quantity: 1, Items: []int64{503}}},
			Members:          cloudfront.OriginGroupMembers{Quantity: 2, Items: []cloudfront.OriginGroupMember{{OriginId: "o"}, {OriginId: "s3"}}},
		}}}
		b := &w.config.DefaultCacheBehavior
		b.TargetOriginId = "group"
		b.AllowedMethods = &cloudfront.AllowedMethods{Quantity: 7, Items: []cloudfront.Method{"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"}}
		b.ForwardedValues.Headers = &cloudfront.Headers{Quantity: 1, Items: []string{"Host"}}
	})
	o := &twoOrigins{asked: map[string][]*origin.Request{}, says: map[string]func() (*http.Response, error){"o": first, "s3": second}}
	w.edge.deps.Fetcher = o
	return w, o
}

func answers(status int, body string, fields ...string) func() (*http.Response, error) {
	return func() (*http.Response, error) { return reply(status, body, fields...), nil }
}

func fails(cause origin.Cause, retryable bool) func() (*http.Response, error) {
	return func() (*http.Response, error) {
		return nil, &origin.Error{Cause: cause, Retryable: retryable, Origin: "o", Err: errors.New("scripted")}
	}
}

func TestFailover(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		method string
		first  func() (*http.Response, error)
		over   bool
		status int
	}{
		"good":                  {"GET", answers(200, "one"), false, 200},
		"status not listed":     {"GET", answers(500, "one"), false, 500},
		"listed status":         {"GET", answers(503, "one"), true, 200},
		"HEAD":                  {"HEAD", answers(503, "one"), true, 200},
		"OPTIONS":               {"OPTIONS", answers(503, "one"), true, 200},
		"POST":                  {"POST", answers(503, "one"), false, 503},
		"DELETE":                {"DELETE", fails(origin.Dial, true), false, 504},
		"no connection":         {"GET", fails(origin.Dial, true), true, 200},
		"silence":               {"GET", fails(origin.Timeout, true), true, 200},
		"name does not resolve": {"GET", fails(origin.DNS, true), true, 200},
		"bad certificate":       {"GET", fails(origin.TLS, true), true, 200},
		"connection closed":     {"GET", fails(origin.Reset, true), true, 200},
		"not HTTP":              {"GET", fails(origin.Protocol, true), true, 200},
		"request at fault":      {"GET", fails(origin.Invalid, false), false, 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, o := groupWorld(t, tc.first, answers(200, "two"))
			v := w.do(get("/x").method(tc.method))
			if v.status != tc.status || o.count("o") != 1 || (o.count("s3") == 1) != tc.over {
				t.Errorf("status %d, asked %d and %d times", v.status, o.count("o"), o.count("s3"))
			}
		})
	}
}

func TestFailoverOfBoth(t *testing.T) {
	t.Parallel()
	w, o := groupWorld(t, answers(503, "one"), fails(origin.Timeout, true))
	if v := w.do(get("/x")); v.status != 504 || o.count("o") != 1 || o.count("s3") != 1 {
		t.Errorf("status %d, asked %d and %d times", v.status, o.count("o"), o.count("s3"))
	}
}

// closing counts closes of a body.
type closing struct {
	io.Reader
	closed *int
}

func (c closing) Close() error { *c.closed++; return nil }

// TestFailoverRequests looks at what each origin is sent: its own form of the request, with
// the same validators, and at the primary answer's body being given up.
func TestFailoverRequests(t *testing.T) {
	t.Parallel()
	closed := 0
	broken := func() (*http.Response, error) {
		r := reply(503, "")
		r.Body = closing{strings.NewReader("broken"), &closed}
		return r, nil
	}
	w, o := groupWorld(t, broken, answers(200, "two", "ETag", `"v"`, "Cache-Control", "max-age=60"))
	w.do(get("/x"))
	w.settle()
	w.advance(61e9)
	o.mu.Lock()
	o.says["s3"] = answers(304, "", "ETag", `"v"`)
	o.mu.Unlock()
	if v := w.do(get("/x")); v.got.Get("X-Cache") != "RefreshHit from cloudfront" || v.body != "two" {
		t.Errorf("%d %v %q", v.status, v.got, v.body)
	}
	first, second := o.asked["o"][1], o.asked["s3"][1]
	if first.Host == "" || second.Host != "" {
		t.Errorf("hosts %q and %q", first.Host, second.Host)
	}
	if first.Header.Get("If-None-Match") != `"v"` || second.Header.Get("If-None-Match") != `"v"` {
		t.Errorf("%v and %v", first.Header, second.Header)
	}
	if o.asked["s3"][0].Header.Get("If-None-Match") != "" || closed != 2 {
		t.Errorf("%v, closed %d bodies", o.asked["s3"][0].Header, closed)
	}
}

// TestOriginIDInTheLog: the log names the origin that was asked last, and none of a hit.
func TestOriginIDInTheLog(t *testing.T) {
	t.Parallel()
	w, _ := groupWorld(t, answers(503, "one"), answers(200, "two", "Cache-Control", "max-age=60"))
	w.do(get("/x"))
	w.do(get("/x"))
	w.do(get("/x").method("POST"))
	var ids []string
	for _, line := range strings.Split(strings.TrimSpace(w.logged()), "\n") {
		var record struct {
			Origin string `json:"origin-id"`
		}
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, record.Origin)
	}
	if want := []string{"s3", "", "o"}; !slices.Equal(ids, want) {
		t.Errorf("logged %q, want %q", ids, want)
	}
}
