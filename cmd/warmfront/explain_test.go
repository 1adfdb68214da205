package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/signedurl"
)

// vector is a request signed by AWS's own signers, from signedurl's test data.
type vector struct {
	Name, Key, URL, Viewer, Cookie string
	Now                            int64
}

func vectors(t *testing.T) func(name string) vector {
	t.Helper()
	raw, err := os.ReadFile("../../signedurl/testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []vector
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	return func(name string) vector {
		i := slices.IndexFunc(list, func(v vector) bool { return v.Name == name })
		if i < 0 {
			t.Fatalf("no vector %q", name)
		}
		return list[i]
	}
}

// run runs `explain` and returns what it prints and its exit status.
func runExplain(t *testing.T, args ...string) (string, int) {
	t.Helper()
	cmd := newExplain()
	var out strings.Builder
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err := cmd.ExecuteContext(t.Context())
	if err == nil {
		return out.String(), 0
	}
	if !errors.Is(err, errReported) {
		out.WriteString(err.Error() + "\n")
	}
	status := 1
	if e, ok := errors.AsType[*exitError](err); ok {
		status = e.status
	}
	return out.String(), status
}

// TestExplainText compares what people see with testdata/explain. UPDATE_GOLDEN=1 writes it anew.
func TestExplainText(t *testing.T) {
	t.Parallel()
	find := vectors(t)
	canned, custom, cookies, wild := find("shared canned + query SHA1"), find("shared custom, IP SHA1"), find("shared cookies custom SHA1"), find("shared custom, wildcard SHA256")
	replace := func(v vector, pairs ...string) vector {
		v.URL = strings.NewReplacer(pairs...).Replace(v.URL)
		return v
	}
	later := func(v vector, d time.Duration) vector {
		v.Now += int64(d / time.Second)
		return v
	}
	const key = "K1TESTKEY=../../signedurl/testdata/shared-rsa1024.pub.pem"
	for _, c := range []struct {
		name   string
		v      vector
		status int
		more   []string
	}{
		{"admitted", canned, 0, []string{"--public-key", key}},
		{"admitted-cookies", cookies, 0, []string{"--public-key", key}},
		{"anonymous-key", canned, 0, []string{"--public-key", "../../signedurl/testdata/rsa2048.pub.pem", "--public-key", "../../signedurl/testdata/shared-rsa1024.pub.pem"}},
		{"expired", later(canned, 3*time.Hour), 1, []string{"--public-key", key}},
		{"not-yet-valid", later(find("shared custom, start date SHA1"), -26*time.Hour), 1, []string{"--public-key", key}},
		{"scheme", replace(canned, "https", "http"), 1, []string{"--public-key", key}},
		{"query-added", replace(canned, "size=large", "size=large&utm_source=mail"), 1, []string{"--public-key", key}},
		{"hash-marker", replace(wild, "&Hash-Algorithm=SHA256", ""), 1, []string{"--public-key", key}},
		{"resource", replace(wild, "/images/", "/Images/"), 1, []string{"--public-key", key}},
		{"address", func() vector { v := custom; v.Viewer = "2001:db8::7"; return v }(), 1, []string{"--public-key", key}},
		{"address-unknown", func() vector { v := custom; v.Viewer = ""; return v }(), 2, []string{"--public-key", key}},
		{"no-key", canned, 2, nil},
		{"unknown-key", replace(canned, "K1TESTKEY", "K2TESTKEY"), 1, []string{"--public-key", key}},
		{"wrong-key", canned, 1, []string{"--public-key", "K1TESTKEY=../../signedurl/testdata/ruby-rsa1024.pub.pem"}},
		{"standard-base64", replace(canned, "~", "/", "_&", "=&"), 1, []string{"--public-key", key}},
		{"milliseconds", replace(canned, "1767290400", "1767290400000"), 1, []string{"--public-key", key}},
		{"shadowed", func() vector { v := cookies; v.URL += "?Expires=never"; return v }(), 1, []string{"--public-key", key}},
		{"cut", func() vector { v := canned; v.URL, _, _ = strings.Cut(v.URL, "&Signature"); return v }(), 1, []string{"--public-key", key}},
		{"unsigned", vector{URL: "https://d111111abcdef8.cloudfront.net/a.ts", Now: canned.Now}, 1, []string{"--public-key", key}},
		{"set-cookie", cookies, 0, []string{"--public-key", key, "--set-from", "https://app.example.com/", "--set-cookie", "CloudFront-Policy=x; Domain=cloudfront.net; Path=/"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{c.v.URL, "--at", time.Unix(c.v.Now, 0).UTC().Format(time.RFC3339)}, c.more...)
			if c.v.Viewer != "" {
				args = append(args, "--ip", c.v.Viewer)
			}
			if c.v.Cookie != "" {
				args = append(args, "--cookie", c.v.Cookie)
			}
			got, status := runExplain(t, args...)
			if status != c.status {
				t.Errorf("status %d, want %d", status, c.status)
			}
			if lines := strings.Count(got, "\n"); lines > 40 {
				t.Errorf("%d lines are more than a screen", lines)
			}
			golden := filepath.Join("testdata", "explain", c.name+".golden")
			if os.Getenv("UPDATE_GOLDEN") != "" {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || got != string(want) {
				t.Errorf("printed\n%s\nwant (%v)\n%s", got, err, want)
			}
		})
	}
}

func TestExplainUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{},
		{"a", "b"},
		{"--nonsense"},
		{"no-url"},
		{"https://h/", "--at", "soon"},
		{"https://h/", "--ip", "300.1.1.1"},
		{"https://h/", "--public-key", "/nonexistent"},
		{"https://h/", "--server", "--public-key", "x"},
		{"https://h/", "--server", "--data", "/nonexistent"},
	} {
		if text, status := runExplain(t, args...); status != 2 || text == "" {
			t.Errorf("%v: status %d, %q", args, status, text)
		}
	}
}

func TestExplainJSON(t *testing.T) {
	t.Parallel()
	v := vectors(t)("shared canned basic SHA1")
	text, status := runExplain(t, v.URL, "--json", "--at", "1767290401", "--public-key", "../../signedurl/testdata/shared-rsa1024.pub.pem")
	var r signedurl.Report
	if err := json.Unmarshal([]byte(text), &r); err != nil || status != 1 {
		t.Fatalf("status %d, %v: %s", status, err, text)
	}
	if r.Verdict != signedurl.Refused || r.Refusal.Reason != "expired" || r.Window.ExpiresIn != -1 || !r.Found(signedurl.CauseExpired) || strings.Contains(text, `\u0026`) {
		t.Errorf("%s", text)
	}
}
