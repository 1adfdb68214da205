package conformance

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/warmfront/warmfront/test/harness"
)

// cacheTest is one of the public HTTP cache tests, and what it found.
type cacheTest struct {
	ID     string   `json:"id"`
	Suite  string   `json:"suite"`
	Kind   string   `json:"kind"` // required, optimal or check
	Needs  []string `json:"needs"`
	Passed bool     `json:"passed"`
	Why    string   `json:"why"`
}

const (
	beforeRFC9111 = "this release of the tests wants it stale; RFC 9111, 5.1 (and later tests): the first member counts, and what is no number is ignored"
	needsOrigin   = "passes only with an answer that came from the origin, which has closed the connection"
	wrongRange    = "Content-Range and content of the test's answers disagree, or nothing says that parts belong together"
)

// cacheTestsNotPassed says of each test that is not passed why.
var cacheTestsNotPassed = map[string]string{
	"age-parse-nonnumeric": beforeRFC9111, "age-parse-negative": beforeRFC9111, "age-parse-float": beforeRFC9111,
	"age-parse-prefix-twoline": beforeRFC9111, "age-parse-dup-0": beforeRFC9111, "age-parse-dup-0-twoline": beforeRFC9111, "age-parse-dup-old": beforeRFC9111,
	"stale-close-must-revalidate": needsOrigin, "stale-close-proxy-revalidate": needsOrigin, "stale-close-no-cache": needsOrigin, "stale-close-s-maxage=2": needsOrigin,
	"headers-store-Transfer-Encoding":     "content in a transfer coding that nobody knows cannot be decoded: 502",
	"304-etag-update-response-ETag":       "a 304 with another ETag speaks of another response (RFC 9111, 4.3.4): it is fetched anew",
	"method-POST":                         "answers to POST are not stored",
	"vary-normalise-lang-select":          "languages are compared as text",
	"conditional-lm-fresh-no-lm":          "expects 304 to a date before the response's own; RFC 9111, 4.3.2 asks for 200",
	"partial-store-partial-complete":      wrongRange,
	"partial-store-partial-reuse-partial": wrongRange, "partial-store-partial-reuse-partial-byterange": wrongRange,
	"partial-store-partial-reuse-partial-absent": wrongRange, "partial-store-partial-reuse-partial-suffix": wrongRange,
}

// TestPublicCacheTests runs the public HTTP cache tests against a server under strict rules.
func TestPublicCacheTests(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../../dist/cachetests")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "node_modules", "http-cache-tests")); err != nil {
		t.Fatalf("%v: run scripts/setup.sh test", err)
	}
	s := harness.Start(t, "--cache-rules", "strict")
	base := "http://" + forwardAll(t, s, startCacheTestOrigin(t, root)) + ":" + s.HTTPPort()
	run := func(ids ...string) []cacheTest {
		return parseCacheTests(t, s.Command("node", append([]string{"--no-warnings", "cachetests/run.mjs", root, base}, ids...)...))
	}
	tests := run()
	if len(tests) < 350 {
		t.Fatalf("only %d tests ran", len(tests))
	}
	// Some depend on answers within a second or two: a busy machine gets another chance.
	for range 3 {
		failed := unexpected(tests)
		if len(failed) == 0 {
			break
		}
		for _, again := range run(failed...) {
			at := slices.IndexFunc(tests, func(c cacheTest) bool { return c.ID == again.ID })
			tests[at] = again
		}
	}
	t.Log(cacheTestTable(tests))
	for _, id := range unexpected(tests) {
		t.Errorf("%s: %s", id, tests[slices.IndexFunc(tests, func(c cacheTest) bool { return c.ID == id })].Why)
	}
}

// startCacheTestOrigin runs the tests' own server and returns its port.
func startCacheTestOrigin(t *testing.T, root string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", "server/server.mjs")
	cmd.Dir = filepath.Join(root, "node_modules", "http-cache-tests")
	cmd.Env = append(os.Environ(), "npm_config_protocol=http", "npm_config_port=0", "npm_config_pidfile="+filepath.Join(t.TempDir(), "pid"))
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Wait() }) // the context has ended by then
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if m := regexp.MustCompile(`^Listening on .*:(\d+)/$`).FindStringSubmatch(lines.Text()); m != nil {
			go func() {
				for lines.Scan() { // so that it never waits for a reader
				}
			}()
			return m[1]
		}
	}
	t.Fatalf("the tests' server did not start: %v", lines.Err())
	return ""
}

// forwardAll makes a distribution that forwards everything to a port of this machine and
// returns its domain.
func forwardAll(t *testing.T, s *harness.Server, port string) string {
	t.Helper()
	var policy struct {
		CachePolicy struct {
			ID string `json:"Id"`
		}
	}
	decodeJSON(t, s.AWS("cloudfront", "create-cache-policy", "--cache-policy-config", `{"Name":"all","MinTTL":0,"DefaultTTL":0,"MaxTTL":31536000,
		"ParametersInCacheKeyAndForwardedToOrigin":{"EnableAcceptEncodingGzip":true,"EnableAcceptEncodingBrotli":true,"HeadersConfig":{"HeaderBehavior":"none"},
		"CookiesConfig":{"CookieBehavior":"none"},"QueryStringsConfig":{"QueryStringBehavior":"all"}}}`), &policy)
	const allViewer = "216adef6-5c7f-47e4-b989-5492eafa07d3"
	config := fmt.Sprintf(`{"CallerReference":"cache-tests","Comment":"","Enabled":true,"Origins":{"Quantity":1,"Items":[{"Id":"o","DomainName":"localhost",
		"CustomOriginConfig":{"HTTPPort":%s,"HTTPSPort":443,"OriginProtocolPolicy":"http-only"}}]},"DefaultCacheBehavior":{"TargetOriginId":"o","ViewerProtocolPolicy":"allow-all",
		"AllowedMethods":{"Quantity":7,"Items":["GET","HEAD","OPTIONS","PUT","POST","PATCH","DELETE"],"CachedMethods":{"Quantity":2,"Items":["GET","HEAD"]}},
		"CachePolicyId":%q,"OriginRequestPolicyId":%q}}`, port, policy.CachePolicy.ID, allViewer)
	var made struct {
		Distribution struct {
			ID         string `json:"Id"`
			DomainName string
		}
	}
	decodeJSON(t, s.AWS("cloudfront", "create-distribution", "--distribution-config", config), &made)
	s.AWS("cloudfront", "wait", "distribution-deployed", "--id", made.Distribution.ID)
	return made.Distribution.DomainName
}

func decodeJSON(t *testing.T, text string, to any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), to); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}

func parseCacheTests(t *testing.T, lines string) []cacheTest {
	t.Helper()
	var tests []cacheTest
	for line := range strings.Lines(lines) {
		var c cacheTest
		decodeJSON(t, line, &c)
		tests = append(tests, c)
	}
	return tests
}

// unexpected lists the tests that should have passed and did not.
func unexpected(tests []cacheTest) []string {
	var ids []string
	for _, c := range tests {
		if _, known := cacheTestsNotPassed[c.ID]; !c.Passed && !known && c.Kind != "check" {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// cacheTestTable sums up. A test counts as passed only if those it depends on are, too.
func cacheTestTable(tests []cacheTest) string {
	byID := map[string]cacheTest{}
	for _, c := range tests {
		byID[c.ID] = c
	}
	var holds func(id string) bool
	holds = func(id string) bool {
		return byID[id].Passed && !slices.ContainsFunc(byID[id].Needs, func(need string) bool { return !holds(need) })
	}
	var b strings.Builder
	for _, kind := range []string{"required", "optimal", "check"} {
		ran, passed := 0, 0
		for _, c := range tests {
			if c.Kind == kind {
				ran++
				if holds(c.ID) {
					passed++
				}
			}
		}
		fmt.Fprintf(&b, "\n%-8s  %3d of %3d", kind, passed, ran)
	}
	for _, c := range tests {
		if c.Kind != "check" && !holds(c.ID) {
			fmt.Fprintf(&b, "\n%-8s  %s: %s (%s)", c.Kind, c.ID, cacheTestsNotPassed[c.ID], c.Why)
		}
	}
	return b.String()
}
