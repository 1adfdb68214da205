package console

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/warmfront/warmfront/test/harness"
	"github.com/warmfront/warmfront/test/load"
)

// TestScale opens every screen, again and again, on a server that has much and is asked much,
// and prints how long each takes to show what it is for, and how far the plots are behind. The
// short form only proves that it works; `make soak` runs the long one, and judges it.
func TestScale(t *testing.T) {
	many := struct {
		objects, distributions, rounds int
		perSecond                      float64
	}{60, 12, 1, 50}
	if soak() {
		many.objects, many.distributions, many.rounds, many.perSecond = 10_000, 1000, 15, 2000
	}
	s := harness.Start(t)
	began := time.Now()
	sites := populate(t, s, many.objects, many.distributions)
	t.Logf("%d objects and %d distributions made in %v", many.objects, many.distributions, time.Since(began).Round(time.Millisecond))

	ctx, stop := context.WithCancel(t.Context())
	var statuses map[int]int
	var crowd sync.WaitGroup
	targets := requests(t, sites)
	began = time.Now()
	crowd.Go(func() {
		var err error
		if statuses, err = load.Steady(ctx, targets, many.perSecond, 16); err != nil {
			t.Errorf("viewers: %v", err)
		}
	})
	var measured struct {
		Screens []struct {
			Screen        string
			Median, Worst float64 // ms
		}
		Lag struct{ Median, Worst, Drawn, Tail float64 } // s
	}
	measure(t, s, "scale.measure.mjs", &measured, "CONSOLE_ROUNDS="+strconv.Itoa(many.rounds), "CONSOLE_DISTRIBUTION="+*sites[0].Distribution.Id)
	stop()
	crowd.Wait()
	answered := 0
	for _, n := range statuses {
		answered += n
	}
	t.Logf("%.0f requests/s, by status %v", float64(answered)/time.Since(began).Seconds(), statuses)
	for _, m := range measured.Screens {
		t.Logf("%-28s median %4.0f ms, worst %4.0f ms", m.Screen, m.Median, m.Worst)
		if soak() && m.Median > 500 {
			t.Errorf("%s takes longer than 500 ms", m.Screen)
		}
	}
	l := measured.Lag
	t.Logf("the plots are behind by %.1f s (median) and %.1f s (worst), drawn %.2f s after the answer; the tail by %.1f s", l.Median, l.Worst, l.Drawn, l.Tail)
}

func soak() bool { return os.Getenv("WARMFRONT_SOAK") != "" }

// populate gives a server a bucket of objects and distributions of one origin, which has what
// the viewers ask for.
func populate(t *testing.T, s *harness.Server, objects, distributions int) []*load.Site {
	t.Helper()
	ctx := t.Context()
	if err := load.Populate(ctx, s.Dir, "archive", objects); err != nil {
		t.Fatal(err)
	}
	origin, err := load.NewOrigin(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "max-age=60")
		w.Write(make([]byte, 4<<10))
	}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { origin.Close() })
	first, err := load.Deploy(ctx, s.Dir, "films", load.UseOriginCacheControlHeaders, load.CustomOrigin(origin.Port))
	if err != nil {
		t.Fatal(err)
	}
	rest, err := first.Multiply(ctx, distributions-1)
	if err != nil {
		t.Fatal(err)
	}
	sites := append([]*load.Site{first}, rest...)
	for _, site := range sites {
		if err := site.Wait(ctx); err != nil {
			t.Fatal(err)
		}
	}
	return sites
}

// requests are signed ones for some objects of each distribution, and unsigned ones.
func requests(t *testing.T, sites []*load.Site) (all []load.Target) {
	t.Helper()
	for i := range min(len(sites), 200) * 10 {
		target, err := sites[i%min(len(sites), 200)].Target(false, fmt.Sprintf("/films/%d.ts", i))
		if err != nil {
			t.Fatal(err)
		}
		if i%50 == 0 {
			target.Path = fmt.Sprintf("/films/%d.ts", i)
		}
		all = append(all, target)
	}
	return all
}

// measure runs a script of the browser against the server and reads what it found.
func measure(t *testing.T, s *harness.Server, script string, found any, env ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Minute)
	defer cancel()
	results := filepath.Join(t.TempDir(), "results.json")
	cmd := exec.CommandContext(ctx, "node", "--test", "--test-reporter=spec", script)
	cmd.Env = append(environment(t, s), append(env, "CONSOLE_RESULTS="+results)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("node --test %s: %v\n%s", script, err, out)
	}
	data, err := os.ReadFile(results)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, found); err != nil {
		t.Fatal(err)
	}
}

// TestLargeUpload uploads a file of five gibibytes in the browser, through a network that
// fails: each part is stored once, and the server's memory stays flat. The short form has some
// parts only.
func TestLargeUpload(t *testing.T) {
	const part = 8 << 20
	size := int64(12*part + 100)
	if soak() {
		size = 5 << 30
	}
	s := harness.Start(t)
	if err := load.Populate(t.Context(), s.Dir, "archive", 0); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "film.bin")
	writeSparse(t, name, size, part)
	process := load.Process(s.PID())
	before, err := process.RSS()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	samples := make(chan []int64)
	go func() { samples <- sample(ctx, process) }()
	var m struct {
		Parts, Before, Cut, Refused int
		Bytes                       int64
		Took, Finding               float64
	}
	measure(t, s, "upload.measure.mjs", &m, "CONSOLE_FILE="+name)
	stop()
	rss := <-samples
	half := len(rss) / 2
	first, second := slices.Max(rss[:half]), slices.Max(rss[half:])
	t.Logf("%d MiB in %d parts took %.0f s; %d cut, %d refused, %d MiB sent; left after %d parts, which were found in %.1f s",
		size>>20, m.Parts, m.Took, m.Cut, m.Refused, m.Bytes>>20, m.Before, m.Finding)
	t.Logf("the server's memory: %d MiB before, at most %d MiB in the first half and %d MiB in the second", before>>20, first>>20, second>>20)
	if soak() && second > first+first/10+16<<20 {
		t.Errorf("memory grows: %d MiB, then %d MiB", first>>20, second>>20)
	}
	compare(t, s, name, size)
}

// writeSparse makes a file whose parts differ by their first bytes, and take no room on disk.
func writeSparse(t *testing.T, name string, size, part int64) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	for at := int64(0); at < size; at += part {
		if _, err := f.WriteAt(strconv.AppendInt(nil, at/part, 10), at); err != nil {
			t.Fatal(err)
		}
	}
}

// sample reads the process's memory four times a second until ctx ends.
func sample(ctx context.Context, p load.Process) (all []int64) {
	for tick := time.Tick(250 * time.Millisecond); ctx.Err() == nil; <-tick {
		n, err := p.RSS()
		if err != nil {
			break // it has ended: the test fails elsewhere
		}
		all = append(all, n)
	}
	return all
}

// compare reads the object of a file back.
func compare(t *testing.T, s *harness.Server, name string, size int64) {
	t.Helper()
	config, _, err := load.Account(s.Dir)
	if err != nil {
		t.Fatal(err)
	}
	client := s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true })
	object, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("archive"), Key: aws.String(filepath.Base(name))})
	if err != nil {
		t.Fatal(err)
	}
	defer object.Body.Close()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	want, got := sha256.New(), sha256.New()
	n, err := io.Copy(got, object.Body)
	if err != nil || n != size {
		t.Fatalf("the object has %d of %d bytes: %v", n, size, err)
	}
	if _, err := io.Copy(want, file); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Sum(nil), want.Sum(nil)) {
		t.Error("the object is not the file")
	}
}
