package opsapi

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/warmfront/warmfront/internal/access"
	"github.com/warmfront/warmfront/internal/accesslog"
	"github.com/warmfront/warmfront/internal/history"
	"github.com/warmfront/warmfront/internal/metrics"
	"github.com/warmfront/warmfront/internal/state"
)

// observed is a door on an edge that has done nothing yet.
func observed(t *testing.T) (*client, *Edge, *accesslog.Logger) {
	t.Helper()
	c := newClient(t, "")
	log := accesslog.New(nil, accesslog.Options{Flush: time.Millisecond})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); log.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	e := &Edge{ID: "edge-1", POP: "FRA50-C1", Metrics: metrics.New(metrics.Options{Refusals: []string{"expired"}}), Tails: log}
	o := c.options
	o.Edge, o.Real = e, time.Now
	c.serve(o)
	t.Cleanup(log.End) // before the server waits for its requests
	return c, e, log
}

func TestOverview(t *testing.T) {
	t.Parallel()
	c, e, _ := observed(t)
	const path = "/_warmfront/v1/overview"
	var o overview
	if status := c.do("READER", "warmfront", "GET", path, "", &o); status != 200 || len(o.Points) != 0 || o.Total.HitRatio != nil || o.Total.Latency != nil || o.Edge.ID != "edge-1" {
		t.Errorf("%d %+v", status, o)
	}
	for range 3 {
		e.Metrics.Record(&metrics.Request{Distribution: "E1", Status: 200, Sent: 10, Wait: time.Millisecond})
	}
	e.Metrics.Record(&metrics.Request{Distribution: "E1", Status: 200, Result: metrics.Miss, OriginAsked: true, Wait: time.Second})
	e.Metrics.Record(&metrics.Request{Distribution: "E2", Status: 403, Result: metrics.Error, Refusal: "expired"})
	c.do("READER", "warmfront", "GET", path, "", &o)
	total := o.Total
	if total.Requests["Hit"] != 3 || total.Requests["Miss"] != 1 || total.Requests["Error"] != 1 || *total.HitRatio != 0.75 || total.Bytes != 30 ||
		total.Refusals["expired"] != 1 || total.Classes["4xx"] != 1 || total.Origin.Requests != 1 || total.Latency.P50 > 3 || total.Latency.P99 < 500 {
		t.Errorf("%+v", total)
	}
	if d := o.Distributions; len(d) != 2 || d[0].ID != "E1" || len(o.Points) == 0 || o.StepSeconds != 10 {
		t.Errorf("%+v", o)
	}
	c.do("READER", "warmfront", "GET", path+"?distribution=E2&since=2026-01-02T03:04:05.5Z", "", &o)
	if o.Total.Requests["Error"] != 1 || o.Total.Requests["Hit"] != 0 || o.Distribution != "E2" {
		t.Errorf("%+v", o)
	}
	c.do("READER", "warmfront", "GET", path+"?since=2199-01-01T00:00:00Z", "", &o)
	if len(o.Points) != 0 || len(o.Distributions) != 0 {
		t.Errorf("to come: %+v", o)
	}
	for _, query := range []string{"?since=yesterday", "?until=x", "?distribution=a&distribution=b"} {
		c.want(400, "InvalidArgument", "READER", "warmfront", "GET", path+query, "")
	}
	c.want(403, "MissingAuthenticationToken", "", "", "GET", path, "")
}

// past is a History that has one step to tell, or an error.
type past struct{ err error }

func (p *past) Overview(_ context.Context, now time.Time, s history.Span, distribution string) (*metrics.Overview, error) {
	if p.err != nil {
		return nil, p.err
	}
	o := &metrics.Overview{Points: []metrics.Point{{At: now.Add(-s.Long), Requests: [5]uint64{metrics.Hit: 7}}}}
	if o.Arrange(); distribution != "E1" {
		return nil, fmt.Errorf("asked about %q", distribution)
	}
	return o, nil
}

func TestHistory(t *testing.T) {
	t.Parallel()
	c, e, _ := observed(t)
	const path = "/_warmfront/v1/overview?span="
	c.want(404, "NoHistory", "READER", "warmfront", "GET", path+"24h", "")
	p := &past{}
	e.History = p
	var o overview
	if status := c.do("READER", "warmfront", "GET", path+"24h&distribution=E1", "", &o); status != 200 || o.StepSeconds != 900 || o.Edge != nil || len(o.Points) != 1 || o.Total.Requests["Hit"] != 7 {
		t.Errorf("%d %+v", status, o)
	}
	for _, query := range []string{"", "8d", "24h&since=2026-01-02T03:04:05Z", "24h&span=7d", "24h&query=up"} {
		c.want(400, "InvalidArgument", "READER", "warmfront", "GET", path+query, "")
	}
	c.want(403, "MissingAuthenticationToken", "", "", "GET", path+"24h", "")
	p.err = history.ErrDistribution
	c.want(400, "InvalidArgument", "READER", "warmfront", "GET", path+"24h", "")
	p.err = errors.New("the disk is full")
	c.want(502, "HistoryUnavailable", "READER", "warmfront", "GET", path+"24h", "")
}

func TestTail(t *testing.T) {
	t.Parallel()
	c, _, log := observed(t)
	const path = "/_warmfront/v1/tail"
	c.want(400, "InvalidArgument", "READER", "warmfront", "GET", path+"?status=abc", "")
	c.want(400, "InvalidArgument", "READER", "warmfront", "GET", path+"?statuses=404", "")
	c.want(403, "MissingAuthenticationToken", "", "", "GET", path, "")
	req, err := http.NewRequestWithContext(t.Context(), "GET", c.base+path+"?status=4xx,500&path=b", nil)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(nil)
	if err := v4.NewSigner().SignHTTP(t.Context(), c.credentials("READER"), req, hex.EncodeToString(sum[:]), "warmfront", "eu-north-1", time.Now()); err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	if !lines.Scan() || !strings.HasPrefix(lines.Text(), `{"now":"20`) || resp.Header.Get("Content-Type") != "application/x-ndjson" {
		t.Fatalf("%d %s", resp.StatusCode, lines.Text())
	}
	for _, path := range []string{"/a", "/b"} {
		r := log.Get()
		r.Status = 404
		r.Set(accesslog.URIStem, path)
		log.Write(r)
	}
	var line struct{ Request map[string]any }
	for line.Request == nil && lines.Scan() { // heartbeats may come first on a slow machine
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
	}
	if line.Request["cs-uri-stem"] != "/b" || line.Request["sc-status"] != 404.0 {
		t.Errorf("%v", line.Request)
	}
	log.End()
	last := ""
	for lines.Scan() {
		last = lines.Text()
	}
	if last != `{"end":"stopping"}` {
		t.Errorf("the last line is %q", last)
	}
}

// oneKey knows one key, until it is gone.
type oneKey struct {
	Keys
	gone atomic.Bool
}

func (k *oneKey) Find(context.Context, string, string) (*access.Key, error) {
	if k.gone.Load() {
		return nil, access.ErrUnknown
	}
	return &access.Key{ID: "K", Role: state.RoleReadOnly}, nil
}

func TestTailEnds(t *testing.T) {
	t.Parallel()
	for end, gone := range map[string]bool{"key": true, "time": false} {
		synctest.Test(t, func(t *testing.T) {
			k := &oneKey{}
			log := accesslog.New(nil, accesslog.Options{})
			tail, err := log.Tail(accesslog.Filter{})
			if err != nil {
				t.Fatal(err)
			}
			c := &call{ctx: t.Context(), door: newDoor(nil, Options{Keys: k}), caller: &access.Key{ID: "K"}}
			w := httptest.NewRecorder()
			begin, done := time.Now(), make(chan struct{})
			go func() { defer close(done); c.follow(w, tail, log.Ended()) }()
			time.Sleep(25 * time.Second) // of the bubble's clock
			synctest.Wait()
			k.gone.Store(gone)
			<-done
			lines := strings.Split(strings.TrimSpace(w.Body.String()), "\n")
			if took := time.Since(begin); lines[len(lines)-1] != `{"end":"`+end+`"}` || gone && (took != 30*time.Second || len(lines) != 4) || !gone && took != longestTail {
				t.Errorf("%s: after %v: %s", end, took, w.Body)
			}
		})
	}
}

func TestScrape(t *testing.T) {
	t.Parallel()
	c := newClient(t, "")
	const token = "0123456789abcdef0123"
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, "{\"page\":true}\n")
	})
	for _, set := range []string{token, ""} {
		server := httptest.NewServer(NewScrape(page, ScrapeOptions{Keys: c.options.Keys, Now: c.now, Real: time.Now, Log: slog.New(slog.DiscardHandler), Token: set}))
		t.Cleanup(server.Close)
		c.base = server.URL
		var out struct{ Page bool }
		if status := c.do("READER", "warmfront", "GET", "/metrics", "", &out); status != 200 || !out.Page {
			t.Errorf("signed: %d %+v", status, out)
		}
		c.want(403, "SignatureDoesNotMatch", "READER", "s3", "GET", "/metrics", "")
		c.want(403, "MissingAuthenticationToken", "", "", "GET", "/metrics", "")
		c.want(404, "UnknownOperationException", "ROOT", "warmfront", "POST", "/metrics", "")
		for sent, want := range map[string]int{token: 200, token + "x": 403, "": 403, " ": 403} {
			if set == "" {
				want = 403
			}
			req, err := http.NewRequestWithContext(t.Context(), "GET", c.base+"/metrics", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+sent)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != want {
				t.Errorf("token %q, set %q: %d, want %d", sent, set, resp.StatusCode, want)
			}
		}
	}
}
