package api

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
)

func TestEveryOperationIsRoutedToItself(t *testing.T) {
	routes := newRoutes(nil)
	label := regexp.MustCompile(`\{[^}]+\}`)
	for _, op := range cloudfront.Operations() {
		r := httptest.NewRequest(op.Method, "/2020-05-31"+label.ReplaceAllString(op.Path, "a%2Fb")+"?"+op.Flag, nil)
		_, path := splitVersion(r.URL.EscapedPath())
		var found []string
		for i := range routes {
			if labels, ok := routes[i].match(r.Method, strings.Split(path, "/"), r.URL.Query()); ok {
				found = append(found, routes[i].op.Name)
				for name, value := range labels {
					if value != "a/b" {
						t.Errorf("%s: label %s is %q", op.Name, name, value)
					}
				}
			}
		}
		if len(found) == 0 || found[0] != op.Name {
			t.Errorf("%s was routed to %v", op.Name, found)
		}
	}
}

func TestUnsupportedOperationsSayWhatToUse(t *testing.T) {
	all := Unsupported()
	if len(all) < 100 || all["CreateFunction"] == "" || all["CreateDistribution"] != "" {
		t.Errorf("%d operations", len(all))
	}
	for name, instead := range all {
		if instead == "" {
			t.Errorf("%s does not say what to use instead", name)
		}
	}
	known := map[string]bool{}
	for _, op := range cloudfront.Operations() {
		known[op.Name] = true
	}
	for name := range handlers(&fake{}) {
		if !known[name] {
			t.Errorf("%s is no operation", name)
		}
	}
}

func TestBasePath(t *testing.T) {
	door := New(&fake{}, Options{Keys: keys{}, Now: func() time.Time { return now }, BasePath: "/aws"})
	w := httptest.NewRecorder()
	door.ServeHTTP(w, signed(t, "AKIAROOT", "POST", "/aws/2020-05-31/distribution/E1/invalidation",
		"<InvalidationBatch><Paths><Quantity>0</Quantity></Paths><CallerReference>r</CallerReference></InvalidationBatch>", nil))
	if got := w.Header().Get("Location"); w.Code != 201 || got != "http://127.0.0.1:4480/aws/2020-05-31/distribution/E1/invalidation/I1" {
		t.Errorf("%d, Location %s", w.Code, got)
	}
	if status, code, _ := ask(t, door, signed(t, "AKIAROOT", "GET", "/2020-05-31/distribution", "", nil)); status != 404 || code != "UnknownOperationException" {
		t.Errorf("without base path: %d %s", status, code)
	}
}

func FuzzRequest(f *testing.F) {
	f.Add("GET", "/2020-05-31/distribution?MaxItems=2&Marker=E001", "")
	f.Add("POST", "/2020-05-31/distribution?WithTags", "<DistributionConfigWithTags/>")
	f.Add("POST", "/2020-05-31/tagging?Operation=Tag&Resource=a", "<Tags><Items/></Tags>")
	f.Fuzz(func(t *testing.T, method, target, body string) {
		line := method + " http://127.0.0.1:4480" + target + " HTTP/1.0\r\n\r\n"
		if _, err := http.ReadRequest(bufio.NewReader(strings.NewReader(line))); err != nil || !strings.HasPrefix(target, "/") {
			return // net/http would not hand it on
		}
		r := signed(t, "AKIAROOT", method, target, body, nil)
		w := httptest.NewRecorder()
		testDoor(io.Discard, &fake{}).ServeHTTP(w, r)
		if w.Code >= 500 && !strings.Contains(target, "broken") {
			t.Errorf("%d: %s", w.Code, w.Body)
		}
	})
}
