package main

import (
	"os"
	"strings"
	"testing"
	"time"
)

func TestTopText(t *testing.T) {
	t.Parallel()
	ratio := 0.905
	v := &topView{Server: "http://127.0.0.1:4480", Seconds: 60}
	v.Edges = []topEdge{{ID: "edge-1", POP: "FRA50-C1", Health: "current", Applied: 42, Self: true}}
	v.Absent = []topAbsent{{ID: "edge-2", POP: "FRA50-C1", Applied: 40}}
	v.Now, v.StepSeconds = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), 10
	v.Edge.ID, v.Edge.POP = "edge-1", "FRA50-C1"
	sums := topSums{Requests: map[string]uint64{"Hit": 540, "Miss": 60}, Bytes: 6 << 20, HitRatio: &ratio, Refusals: map[string]uint64{"expired": 3, "unknown-key": 30}}
	v.Total = sums
	v.Distributions = []topDistribution{{ID: "E0123456789ABC", topSums: sums}}
	v.Points = []topPoint{{At: v.Now.Truncate(10 * time.Second), topSums: sums}, {At: v.Now.Truncate(10 * time.Second).Add(-20 * time.Second), topSums: topSums{Requests: map[string]uint64{"Hit": 75}}}}
	text := v.text(80)
	for _, want := range []string{
		"edge edge-1 (FRA50-C1) at http://127.0.0.1:4480", "requests/s  10.0   Hit 9.0   Miss 1.0\n", "hit ratio   90.5 %   sent 102.4 KiB/s", "first byte  -\n",
		"each 10 s       ▁ █\n", "unknown-key  0.5         30\nexpired", "E0123456789ABC  10.0        90.5 %     102.4 KiB/s  33", "edge-1 (this)  FRA50-C1  current  42", "edge-2         FRA50-C1  absent   40",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for line := range strings.Lines(v.text(20)) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 20 {
			t.Errorf("%d columns: %q", n, line)
		}
	}
	if empty := (&topView{}).text(80); !strings.Contains(empty, "requests/s  0.0\n") || strings.Contains(empty, "REFUSED") {
		t.Errorf("nothing happened:\n%s", empty)
	}
}

// TestTopScreen writes to what tells no size.
func TestTopScreen(t *testing.T) {
	t.Parallel()
	f, err := os.Create(t.TempDir() + "/screen")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := newTopScreen(f)
	if _, err := s.Write([]byte(strings.Repeat("line\n", 100))); err != nil {
		t.Fatal(err)
	}
	s.leave()
	data, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	if got := string(data); strings.Count(got, "line\x1b[K\n") != 23 || !strings.HasSuffix(got, "line\x1b[J\x1b[?25h\x1b[?1049l") {
		t.Errorf("%q", got)
	}
}
