package conformance

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/warmfront/warmfront/test/harness"
	"github.com/warmfront/warmfront/test/load"
)

// withBotocore signs requests for the operations API and the metrics as any AWS program can,
// and prints what is answered as JSON. It follows the tail while it asks a viewer's question.
const withBotocore = `
import json, os, re, sys, urllib.error, urllib.request
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
api, viewer, host = sys.argv[1:4]
def ask(path, service="warmfront", key=(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]), **headers):
    request = AWSRequest("GET", api + path, headers=headers)
    if key:
        SigV4Auth(Credentials(*key), service, "eu-north-1").add_auth(request)
    return urllib.request.urlopen(urllib.request.Request(api + path, headers=dict(request.headers)), timeout=120)
def refused(*args, **kwargs):
    try:
        return "admitted: %s" % ask(*args, **kwargs).status
    except urllib.error.HTTPError as e:
        return "%d %s" % (e.code, "".join(re.search(r'"code": ?"(\w+)|<Code>(\w+)', e.read().decode()).groups("")))
tail = ask("/_warmfront/v1/tail?status=200&path=/films/")
first = json.loads(tail.readline())
urllib.request.urlopen(urllib.request.Request(viewer, headers={"Host": host})).read()
followed = {}
while "request" not in followed:
    followed = json.loads(tail.readline())
while True: # the last answers are counted a moment after they were read
    overview = json.load(ask("/_warmfront/v1/overview"))
    if overview["total"]["requests"]["Miss"] >= int(sys.argv[5]):
        break
print(json.dumps({
    "followed": followed["request"], "began": "now" in first,
    "metrics": ask("/metrics").read().decode(),
    "token": ask("/metrics", key=None, Authorization="Bearer " + sys.argv[4]).status,
    "overview": overview,
    "edges": json.load(ask("/_warmfront/v1/edges")),
    "refused": [
        refused("/metrics", key=None), refused("/metrics", "s3"), refused("/metrics", key=None, Authorization="Bearer another token than it is"),
        refused("/_warmfront/v1/overview", key=None), refused("/_warmfront/v1/tail", "cloudfront"),
        refused("/_warmfront/v1/overview", key=("AKIDNOBODYHASIT00000", "x")), refused("/_warmfront/v1/overview?span=24h"),
        refused("/_warmfront/v1/overview?distribution=a&distribution=b"), refused("/_warmfront/v1/tail?status=never"),
    ],
}))
`

// TestWatching reads the metrics, the overview and the tail of a busy server with botocore's
// signer, and lets Debian's promtool check the metrics. However many distributions have
// requests, labels name a hundred at most.
func TestWatching(t *testing.T) {
	t.Parallel()
	const token = "0123456789abcdef-token"
	s := harness.Start(t, "--metrics-token", token)
	sites := films(t, s, 104)
	for _, site := range sites {
		view(t, site, "/films/1.ts")
	}
	target, err := sites[0].Target(false, "/films/2.ts")
	if err != nil {
		t.Fatal(err)
	}
	var seen struct {
		Followed map[string]any
		Began    bool
		Metrics  string
		Token    int
		Overview struct {
			StepSeconds   int
			Edge          struct{ ID, POP string }
			Total         struct{ Requests map[string]int }
			Distributions []struct{ ID string }
		}
		Edges   struct{ Edges []struct{ Health string } }
		Refused []string
	}
	out := s.Command(pythonWith(t, "botocore"), "-c", withBotocore, s.Endpoints.API, target.URL(), target.Host, token, strconv.Itoa(len(sites)+1))
	if err := json.Unmarshal([]byte(out), &seen); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	if f := seen.Followed; !seen.Began || f["cs-uri-stem"] != "/films/2.ts" || f["distribution-id"] != *sites[0].Distribution.Id || strings.Contains(out, "Signature=") {
		t.Errorf("followed %v", f)
	}
	o := seen.Overview
	if n := o.Total.Requests["Miss"]; n != len(sites)+1 || o.StepSeconds != 10 || o.Edge.ID == "" || len(o.Distributions) != 101 || seen.Token != 200 ||
		len(seen.Edges.Edges) != 1 || seen.Edges.Edges[0].Health != "current" {
		t.Errorf("overview %+v, edges %+v, with the token %d", o, seen.Edges, seen.Token)
	}
	want := []string{ // what is signed for another service is another door's
		"403 MissingAuthenticationToken", "400 AuthorizationHeaderMalformed", "403 AccessDenied", "403 MissingAuthenticationToken", "404 UnknownOperationException",
		"403 InvalidClientTokenId", "404 NoHistory", "400 InvalidArgument", "400 InvalidArgument",
	}
	if fmt.Sprint(seen.Refused) != fmt.Sprint(want) {
		t.Errorf("refused %q", seen.Refused)
	}
	if problems := s.CommandInput(strings.NewReader(seen.Metrics), prometheus(t, "promtool"), "check", "metrics"); problems != "" {
		t.Errorf("promtool: %s", problems)
	}
	text := s.Command(harness.Binary(t), "top", "--once", "--data", string(s.Dir))
	var top struct {
		Total struct{ Requests map[string]int }
		Edges []struct{ Self bool }
	}
	if err := json.Unmarshal([]byte(s.Command(harness.Binary(t), "top", "--once", "--json", "--window", "1h", "--data", string(s.Dir))), &top); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text, "DISTRIBUTION") || !strings.Contains(text, "(this)") || top.Total.Requests["Miss"] != len(sites)+1 || !top.Edges[0].Self {
		t.Errorf("top: %+v\n%s", top, text)
	}
	labels := map[string]bool{}
	for line := range strings.Lines(seen.Metrics) {
		if _, rest, ok := strings.Cut(line, `distribution="`); ok {
			labels[rest[:strings.IndexByte(rest, '"')]] = true
		}
	}
	if len(labels) != 101 || !labels["other"] {
		t.Errorf("%d distributions among the labels: %v", len(labels), labels)
	}
}

// films deploys distributions of one origin, which has all there is.
func films(t *testing.T, s *harness.Server, n int) []*load.Site {
	t.Helper()
	origin, err := load.NewOrigin(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "max-age=3600")
		io.WriteString(w, "a film")
	}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { origin.Close() })
	first, err := load.Deploy(t.Context(), s.Dir, "films", load.UseOriginCacheControlHeaders, load.CustomOrigin(origin.Port))
	if err != nil {
		t.Fatal(err)
	}
	rest, err := first.Multiply(t.Context(), n-1)
	if err != nil {
		t.Fatal(err)
	}
	all := append([]*load.Site{first}, rest...)
	for _, site := range all {
		if err := site.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// view is a viewer's signed request, which must be answered with 200.
func view(t *testing.T, site *load.Site, path string) {
	t.Helper()
	target, err := site.Target(false, path)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), "GET", target.URL(), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = target.Host
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != 200 {
		t.Fatalf("%s: %s: %v", target.URL(), resp.Status, err)
	}
}
