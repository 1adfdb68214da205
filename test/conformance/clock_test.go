package conformance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/warmfront/warmfront/test/harness"
)

// The script is what users copy from.
func TestClockFromTheShell(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "--test-clock")
	script, err := filepath.Abs("testdata/clock.sh")
	if err != nil {
		t.Fatal(err)
	}
	t.Log(s.Command("sh", "-c", `cd "$HOME" && WARMFRONT="$1" WARMFRONT_DATA="$2" exec sh "$3"`, "sh", harness.Binary(t), string(s.Dir), script))
}

// clocked is a server whose clock the test moves.
type clocked struct {
	*harness.Server
	t *testing.T
}

func (c clocked) clock(args ...string) {
	c.t.Helper()
	c.Command(harness.Binary(c.t), append(append([]string{"clock"}, args...), "--data", string(c.Dir))...)
}

// Origins whose own clock is the real one: their Date and Expires count from the server's.
func TestOriginsDatesAreShifted(t *testing.T) {
	t.Parallel()
	c := clocked{harness.Start(t, "--test-clock"), t}
	var fails atomic.Bool
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fails.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		switch r.URL.Path {
		case "/expires":
			w.Header().Set("Expires", time.Now().Add(1000*time.Second).UTC().Format(http.TimeFormat))
		case "/stale": // served until 1200 s old
			w.Header().Set("Cache-Control", "max-age=600, stale-if-error=600")
		}
		fmt.Fprint(w, "body")
	}))
	t.Cleanup(origin.Close)
	domain := c.distribution(origin.Listener.Addr().String())
	viewer := c.Viewer()
	get := func(path string) *http.Response {
		t.Helper()
		resp, err := viewer.Get("http://" + domain + ":" + c.HTTPPort() + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp
	}
	// The server's clock stands while the origin's ticks on: a Date is older by the time an
	// answer took, on a busy machine by seconds.
	want := func(what string, resp *http.Response, status int, xCache string, age int) {
		t.Helper()
		got, _ := strconv.Atoi(resp.Header.Get("Age")) // "" is 0
		if resp.StatusCode != status || !strings.HasPrefix(resp.Header.Get("X-Cache"), xCache) || got < age || got > age+60 {
			t.Errorf("%s: %d, X-Cache %q, Age %q; want %d, %s, %d", what, resp.StatusCode, resp.Header.Get("X-Cache"), resp.Header.Get("Age"), status, xCache, age)
		}
	}
	const day = "2032-02-03T04:05:06Z"
	c.clock("freeze", day)
	first := get("/expires")
	want("first", first, 200, "Miss", 0)
	now, err := time.Parse(time.RFC3339, day)
	if err != nil {
		t.Fatal(err)
	}
	if date, err := http.ParseTime(first.Header.Get("Date")); err != nil || date.Sub(now).Abs() > 60*time.Second {
		t.Errorf("Date %q", first.Header.Get("Date"))
	}
	if expires, err := http.ParseTime(first.Header.Get("Expires")); err != nil || (expires.Sub(now)-1000*time.Second).Abs() > 60*time.Second {
		t.Errorf("Expires %q", first.Header.Get("Expires"))
	}
	c.clock("advance", "900s")
	want("fresh by Expires", get("/expires"), 200, "Hit", 900)
	c.clock("advance", "101s")
	want("past Expires", get("/expires"), 200, "Miss", 0)

	want("first", get("/stale"), 200, "Miss", 0)
	fails.Store(true)
	c.clock("advance", "15m")
	want("within stale-if-error", get("/stale"), 200, "", 900)
	c.clock("advance", "15m")
	if resp := get("/stale"); resp.StatusCode != 503 {
		t.Errorf("past stale-if-error: %d", resp.StatusCode)
	}
}

// distribution makes a public distribution before a custom origin and returns its domain.
func (c clocked) distribution(origin string) string {
	c.t.Helper()
	host, port, _ := strings.Cut(origin, ":")
	config := map[string]any{
		"CallerReference": origin, "Comment": "", "Enabled": true,
		"Origins": map[string]any{"Quantity": 1, "Items": []any{map[string]any{
			"Id": "o", "DomainName": host,
			"CustomOriginConfig": map[string]any{"HTTPPort": json.Number(port), "HTTPSPort": 443, "OriginProtocolPolicy": "http-only"},
		}}},
		"DefaultCacheBehavior": map[string]any{
			"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all", "MinTTL": 0,
			"ForwardedValues": map[string]any{"QueryString": false, "Cookies": map[string]any{"Forward": "none"}},
		},
	}
	text, err := json.Marshal(config)
	if err != nil {
		c.t.Fatal(err)
	}
	var out struct {
		Distribution struct{ DomainName, Id string }
	}
	if err := json.Unmarshal([]byte(c.AWS("cloudfront", "create-distribution", "--distribution-config", string(text))), &out); err != nil {
		c.t.Fatal(err)
	}
	c.AWS("cloudfront", "wait", "distribution-deployed", "--id", out.Distribution.Id)
	return out.Distribution.DomainName
}

// The same seed and the same calls give the same ids, and a restart gives new ones.
func TestSeededIDs(t *testing.T) {
	t.Parallel()
	make := func(s *harness.Server, reference string) string {
		return s.AWS("cloudfront", "create-cloud-front-origin-access-identity", "--query", "CloudFrontOriginAccessIdentity.[Id,S3CanonicalUserId]",
			"--cloud-front-origin-access-identity-config", "CallerReference="+reference+",Comment=x")
	}
	one, two, other := harness.Start(t, "--test-clock", "--test-seed", "a"), harness.Start(t, "--test-clock", "--test-seed", "a"), harness.Start(t, "--test-clock", "--test-seed", "b")
	first, second := make(one, "1"), make(one, "2")
	if again := make(two, "1") + make(two, "2"); again != first+second {
		t.Errorf("the ids are %s and %s", first+second, again)
	}
	if make(other, "1") == first {
		t.Error("another seed gives the same ids")
	}
	two.Stop()
	two.Run()
	if third := make(two, "3"); third == first || third == second {
		t.Errorf("after a restart the id %s comes again", third)
	}
}

func TestTheTestClockStaysOnLoopback(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"--http=:0", "--https=0.0.0.0:0"} {
		cmd := exec.Command(harness.Binary(t), "serve", "--data", t.TempDir(), "--test-clock", "--api=127.0.0.1:0", "--http=127.0.0.1:0", "--https=127.0.0.1:0", flag)
		if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "--test-clock is for loopback only") {
			t.Errorf("%s: %v %s", flag, err, out)
		}
	}
	s := harness.Start(t)
	if stderr := s.Fails(harness.Binary(t), "clock", "advance", "1h", "--data", string(s.Dir)); !strings.Contains(stderr, "NoTestClock") {
		t.Errorf("without --test-clock: %s", stderr)
	}
}
