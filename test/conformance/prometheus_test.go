package conformance

import (
	"bufio"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/warmfront/warmfront/test/harness"
)

// prometheus is a program of Debian's package: installed, or unpacked by scripts/setup.sh.
func prometheus(t *testing.T, program string) string {
	t.Helper()
	if name, err := exec.LookPath(program); err == nil {
		return name
	}
	name, err := filepath.Abs("../../dist/prometheus/" + program)
	if err == nil {
		_, err = os.Stat(name)
	}
	if err != nil {
		t.Fatalf("no %s here: run scripts/setup.sh test: %v", program, err)
	}
	return name
}

var listening = regexp.MustCompile(`[Ll]istening on.*address="?(127\.0\.0\.1:[0-9]+)`)

// startPrometheus runs one that scrapes each second what the targets file names, and gives its
// URL, and what ends it.
func startPrometheus(t *testing.T, targets, token string) (address string, stop func()) {
	t.Helper()
	config := filepath.Join(t.TempDir(), "prometheus.yml")
	if err := os.WriteFile(config, fmt.Appendf(nil, `
global: {scrape_interval: 1s}
scrape_configs:
  - job_name: warmfront
    authorization: {credentials: %s}
    file_sd_configs: [{files: [%s], refresh_interval: 1s}]
`, token, targets), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(prometheus(t, "prometheus"), "--config.file="+config, "--storage.tsdb.path="+t.TempDir(), "--web.listen-address=127.0.0.1:0")
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	found := make(chan string, 1)
	go func() {
		defer close(exited)
		for lines := bufio.NewScanner(log); lines.Scan(); {
			if m := listening.FindStringSubmatch(lines.Text()); m != nil && len(found) == 0 {
				found <- "http://" + m[1]
			}
		}
		cmd.Wait()
	}()
	stop = func() { cmd.Process.Signal(syscall.SIGKILL); <-exited }
	t.Cleanup(stop)
	select {
	case address = <-found:
	case <-exited:
		t.Fatal("Prometheus ended before it listened")
	}
	return address, stop
}

// TestHistory lets a real Prometheus scrape the server, and asks the server for more than its
// own hour: the answer comes from there.
func TestHistory(t *testing.T) {
	t.Parallel()
	const token = "0123456789abcdef-token"
	targets := filepath.Join(t.TempDir(), "targets.json")
	address, stop := startPrometheus(t, targets, token)
	s := harness.Start(t, "--metrics-token", token, "--prometheus-url", address)
	api, err := url.Parse(s.Endpoints.API)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(targets, fmt.Appendf(nil, `[{"targets": [%q]}]`, api.Host), 0o600); err != nil {
		t.Fatal(err)
	}
	site := films(t, s, 1)[0]
	c := keyClient{Server: s, t: t, warm: harness.Binary(t)}
	python := pythonWith(t, "botocore")
	var o struct {
		StepSeconds int
		Edge        *struct{ ID string }
		Total       struct {
			Requests map[string]int
			HitRatio *float64
			Latency  *struct{ P50 float64 }
			Bytes    int
		}
		Points        []struct{ At time.Time }
		Distributions []struct{ ID string }
	}
	read := func(query string) string {
		return s.Command(python, "-c", oneQuestion, s.Endpoints.API, "/_warmfront/v1/overview?"+query)
	}
	// Prometheus knows of growth after two scrapes with requests between them.
	for began := time.Now(); o.Total.Requests["Hit"] == 0; time.Sleep(100 * time.Millisecond) {
		if time.Since(began) > 3*time.Minute {
			t.Fatalf("nothing is known after three minutes: %+v", o)
		}
		view(t, site, "/films/1.ts")
		c.decode(read("span=1h"), &o)
	}
	if o.StepSeconds != 60 || o.Edge != nil || len(o.Points) == 0 || o.Total.HitRatio == nil || o.Total.Latency == nil || o.Total.Latency.P50 <= 0 || o.Total.Bytes == 0 ||
		len(o.Distributions) != 1 || o.Distributions[0].ID != *site.Distribution.Id {
		t.Errorf("%+v", o)
	}
	for query, want := range map[string]string{
		"span=7d&distribution=" + *site.Distribution.Id:              `"stepSeconds":7200`,
		"span=24h&distribution=EUNKNOWN":                             `"points":[]`,
		"span=2h":                                                    "InvalidArgument",
		"span=1h&since=2026-01-02T03:04:05Z":                         "InvalidArgument",
		"span=1h&distribution=" + url.QueryEscape(`x"} or vector(1`): "InvalidArgument",
	} {
		if got := read(query); !strings.Contains(got, want) {
			t.Errorf("%s: %s", query, got)
		}
	}
	stop()
	if got := read("span=1h"); !strings.Contains(got, "HistoryUnavailable") {
		t.Errorf("without Prometheus: %s", got)
	}
}

// oneQuestion signs one GET with botocore and prints the answer, whatever it is.
const oneQuestion = `
import os, sys, urllib.error, urllib.request
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
request = AWSRequest("GET", sys.argv[1] + sys.argv[2])
SigV4Auth(Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]), "warmfront", "us-east-1").add_auth(request)
try:
    answer = urllib.request.urlopen(urllib.request.Request(request.url, headers=dict(request.headers)), timeout=120)
except urllib.error.HTTPError as e:
    answer = e
print(answer.read().decode())
`
