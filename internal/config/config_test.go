package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func resolve(t *testing.T, file string, env map[string]string, args ...string) (Config, error) {
	t.Helper()
	c := Default()
	fs := pflag.NewFlagSet("test", pflag.ContinueOnError)
	c.Bind(fs)
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	err := c.Resolve(fs, file, func(name string) (string, bool) { v, ok := env[name]; return v, ok })
	return c, err
}

func TestPrecedence(t *testing.T) {
	file := filepath.Join(t.TempDir(), "warmfront.yaml")
	text := "api: 127.0.0.1:1\nhttp: 127.0.0.1:2\nhttps: 127.0.0.1:3\ntrusted-proxies: [10.0.0.0/8, 192.168.0.0/16]\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"WARMFRONT_HTTP": "127.0.0.1:20", "WARMFRONT_HTTPS": "127.0.0.1:30"}
	c, err := resolve(t, file, env, "--https", "127.0.0.1:300")
	if err != nil {
		t.Fatal(err)
	}
	if c.API != "127.0.0.1:1" || c.HTTP != "127.0.0.1:20" || c.HTTPS != "127.0.0.1:300" {
		t.Errorf("api %s http %s https %s: want file, environment, flag", c.API, c.HTTP, c.HTTPS)
	}
	if c.TrustedProxies.String() != "10.0.0.0/8,192.168.0.0/16" || c.Region != "us-east-1" {
		t.Errorf("trusted proxies %v, region %s", c.TrustedProxies, c.Region)
	}
}

func TestRefusals(t *testing.T) {
	for _, tc := range []struct{ name, want string }{
		{"--account-id=12", "--account-id \"12\" is not 12 digits"},
		{"--http=8080", `--http "8080" is not an address: want HOST:PORT`},
		{"--pop=x", `--pop "x" does not look like FRA50-C1`},
		{"--cache-rules=rfc", `--cache-rules "rfc" is neither cloudfront nor strict`},
		{"--cache-bytes=5", "--cache-bytes 5 is below 1 MiB"},
		{"--cache-disk-bytes=5", "--cache-disk-bytes 5 is below 64 MiB; 0 is no cache on disk"},
		{"--trusted-proxies=10.0.0.1", `--trusted-proxies: "10.0.0.1" is not a network such as 10.0.0.0/8`},
		{"--api-cert=a.pem", "--api-cert and --api-key go together"},
		{"--etcd-user=w", "--etcd-user and --etcd-password-file go together"},
		{"--etcd-endpoints=https://a:2379\n--etcd-cert=a.pem", "--etcd-cert and --etcd-key go together"},
		{"--etcd-ca=a.pem", "--etcd-ca, --etcd-cert and --etcd-user go with --etcd-endpoints"},
		{"--etcd-endpoints=http://a:2379\n--etcd-ca=a.pem", "--etcd-endpoints http://a:2379: with --etcd-ca, --etcd-cert or --etcd-user every endpoint is https:// or unix://"},
		{"--etcd-endpoints=a:2379", "--etcd-endpoints a:2379 is not a URL such as https://10.0.0.1:2379"},
		{"--domain-suffix=UP.example", `--domain-suffix "UP.example" is not a lower-case domain name`},
		{"--base-path=warmfront", notPath("warmfront")},
		{"--base-path=/", notPath("/")},
		{"--base-path=/warmfront/", notPath("/warmfront/")},
		{"--base-path=//warmfront", notPath("//warmfront")},
		{"--base-path=/a/../b", notPath("/a/../b")},
		{"--base-path=/a b", notPath("/a b")},
		{"--base-path=/%41", notPath("/%41")},
		{"--base-path=/a?b", notPath("/a?b")},
		{"--test-seed=x", "--test-seed goes with --test-clock"},
	} {
		if _, err := resolve(t, "", nil, strings.Split(tc.name, "\n")...); err == nil || err.Error() != tc.want {
			t.Errorf("%s: got %v, want %s", tc.name, err, tc.want)
		}
	}
	file := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(file, []byte("htpp: 127.0.0.1:2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := resolve(t, file, nil); err == nil || !strings.Contains(err.Error(), "field htpp not found") {
		t.Errorf("a misspelt setting: %v", err)
	}
	if _, err := resolve(t, "", map[string]string{"WARMFRONT_CACHE_BYTES": "lots"}); err == nil || !strings.Contains(err.Error(), "WARMFRONT_CACHE_BYTES") {
		t.Errorf("a bad variable: %v", err)
	}
}

func notPath(s string) string {
	return "--base-path " + strconv.Quote(s) + " is not a path such as /warmfront: a slash before each segment, none at the end, in them letters, digits, '-', '_' and, not first, '.'"
}

func TestBasePath(t *testing.T) {
	for _, given := range []string{"", "/warmfront", "/media/warm.front-2_x", "/console"} {
		c, err := resolve(t, "", map[string]string{"WARMFRONT_BASE_PATH": given})
		if err != nil || c.BasePath != given {
			t.Errorf("%q: %q, %v", given, c.BasePath, err)
		}
	}
}

func TestTheTestClockIsForLoopback(t *testing.T) {
	for _, tc := range []struct{ flag, want string }{
		{"--api=127.0.0.1:0", ""},
		{"--api=localhost:0", ""},
		{"--https=[::1]:0", ""},
		{"--http=:8080", `--test-clock is for loopback only: --http ":8080" can be reached by others`},
		{"--https=0.0.0.0:8443", `--test-clock is for loopback only: --https "0.0.0.0:8443" can be reached by others`},
		{"--api=example.com:443", `--test-clock is for loopback only: --api "example.com:443" can be reached by others`},
		{"--etcd-endpoints=http://127.0.0.1:2379", "--test-clock moves the clock of one process: it does not go with --etcd-endpoints"},
	} {
		_, err := resolve(t, "", nil, "--test-clock", "--test-seed=x", tc.flag)
		if got := fmt.Sprint(err); tc.want == "" && err != nil || tc.want != "" && got != tc.want {
			t.Errorf("%s: %v, want %q", tc.flag, err, tc.want)
		}
	}
}
