package history

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/metrics"
)

// scripted answers questions as a Prometheus would, by a part of the query, and keeps them.
type scripted struct {
	answers map[string]string // result by metric and operation

	mu    sync.Mutex
	asked []string // guarded by mu
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.PostFormValue("query")
	s.mu.Lock()
	s.asked = append(s.asked, fmt.Sprint(r.URL.Path, " ", query, " ", r.PostFormValue("start"), " ", r.PostFormValue("end"), " ", r.PostFormValue("step"), " ", r.PostFormValue("time")))
	s.mu.Unlock()
	result := ""
	for part, answer := range s.answers {
		metric, operation, _ := strings.Cut(part, " ")
		if strings.Contains(query, "warmfront_"+metric) && strings.HasSuffix(r.URL.Path, "/"+operation) {
			result = answer
		}
	}
	fmt.Fprintf(w, `{"status":"success","data":{"resultType":"matrix","result":[%s]}}`, result)
}

func reader(t *testing.T, h http.Handler) *Reader {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL + "/prometheus/")
	if err != nil {
		t.Fatal(err)
	}
	return New(u, []string{"expired", "other"})
}

func span(t *testing.T, name string) Span {
	t.Helper()
	for _, s := range Spans() {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no span %s", name)
	return Span{}
}

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestOverview(t *testing.T) {
	t.Parallel()
	const end = "1767323100" // 03:05:00
	s := &scripted{answers: map[string]string{
		"requests_total query_range": `{"metric":{"result":"Hit"},"values":[[1767322800,"9.4"],[` + end + `,"3"]]},
			{"metric":{"result":"Miss"},"values":[[` + end + `,"1.2"]]},{"metric":{"result":"Unheard"},"values":[[` + end + `,"7"]]}`,
		"first_byte_seconds_bucket query_range": `{"metric":{"le":"1.6e-05"},"values":[[` + end + `,"1"]]},
			{"metric":{"le":"3.2e-05"},"values":[[` + end + `,"3"]]},{"metric":{"le":"+Inf"},"values":[[` + end + `,"4"]]}`,
		"sent_bytes_total query_range": `{"metric":{},"values":[[` + end + `,"1e3"],[1767322200,"NaN"]]}`,
		"refusals_total query_range":   `{"metric":{"reason":"expired"},"values":[[` + end + `,"2"]]}`,
		"requests_total query": `{"metric":{"distribution":"E1","result":"Hit"},"value":[1767323045,"5"]},
			{"metric":{"distribution":"E2","result":"Hit"},"value":[1767323045,"8"]},{"metric":{"distribution":"E3","result":"Hit"},"value":[1767323045,"0"]}`,
	}}
	o, err := reader(t, s).Overview(t.Context(), now, span(t, "6h"), "E2")
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Points) != 2 || !o.Points[0].At.Equal(now.Truncate(5*time.Minute).Add(-5*time.Minute)) || !o.Points[1].At.Equal(now.Truncate(5*time.Minute)) {
		t.Fatalf("points %+v", o.Points)
	}
	p := o.Points[1]
	if p.Requests != [5]uint64{metrics.Hit: 3, metrics.Miss: 1} || p.Sent != 1000 || p.Refusals[0] != 2 ||
		p.Waits[0] != 1 || p.Waits[1] != 2 || p.Waits[2] != 0 || o.Total.Requests[metrics.Hit] != 12 {
		t.Errorf("%+v, in all %+v", p, o.Total)
	}
	if d := o.Distributions; len(d) != 2 || d[0].ID != "E2" || d[1].Requests[metrics.Hit] != 5 {
		t.Errorf("distributions %+v", d)
	}
	want := `/prometheus/api/v1/query_range sum by (result) (increase(warmfront_requests_total{distribution="E2"}[300s])) 1767301800.000 1767323100.000 300 `
	each := `/prometheus/api/v1/query sum by (distribution,result) (increase(warmfront_requests_total[21600s]))    1767323045.000`
	if asked := strings.Join(s.asked, "\n"); !strings.Contains(asked, want) || !strings.Contains(asked, each) {
		t.Errorf("asked\n%s", asked)
	}
}

func TestOverviewFails(t *testing.T) {
	t.Parallel()
	for text, status := range map[string]int{
		`{"status":"error","error":"query timed out"}`: 503, "<html>": 200, `{"status":"success","data":{"result":[{"value":["x"]}]}}`: 200, "": 302,
	} {
		r := reader(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://192.0.2.1/")
			w.WriteHeader(status)
			fmt.Fprint(w, text)
		}))
		if o, err := r.Overview(t.Context(), now, span(t, "1h"), ""); err == nil || o != nil {
			t.Errorf("%d %s: %v, %v", status, text, o, err)
		}
	}
	r := reader(t, &scripted{})
	for _, id := range []string{`E1"} or vector(1)`, "a b", "é"} {
		if _, err := r.Overview(t.Context(), now, span(t, "1h"), id); !errors.Is(err, ErrDistribution) {
			t.Errorf("%q: %v", id, err)
		}
	}
	gone, stop := context.WithCancel(t.Context())
	stop()
	if _, err := r.Overview(gone, now, span(t, "1h"), ""); err == nil {
		t.Error("a reader who has left got an answer")
	}
	secret, err := url.Parse("http://user:hunter2@192.0.2.1:1/")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(secret, nil).Overview(gone, now, span(t, "1h"), ""); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error %v", err)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(`{"status":"success","data":{"result":[{"metric":{"le":"1"},"values":[[1,"2"]]}]}}`)
	f.Add(`{"status":"success","data":{"result":[{"value":[1e300,"-Inf"]}]}}`)
	f.Fuzz(func(_ *testing.T, text string) {
		for _, m := range measures([]string{"expired"}) {
			if all, err := m.read("200 OK", []byte(text)); err == nil {
				overview(all, all)
			}
		}
	})
}
