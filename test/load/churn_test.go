package load

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path"
	"strconv"
	"testing"
	"time"
)

// Memory stays flat while viewers come and go and a million objects pass through a cache that
// holds a fraction of them, for ten minutes.
func TestChurn(t *testing.T) {
	const (
		objects = 1_000_000
		lasts   = 10 * time.Minute
	)
	if scale(0, 1) == 0 {
		churn(t, 5000, time.Second) // too short for memory to say anything
		return
	}
	peaks := churn(t, objects, lasts)
	third := len(peaks) / 3
	middle, last := highest(peaks[third:2*third]), highest(peaks[2*third:])
	t.Logf("peak memory in the middle third %d MiB, in the last %d MiB", middle>>20, last>>20)
	if last > middle+middle/10+16<<20 {
		t.Errorf("memory grows: %d MiB, then %d MiB", middle>>20, last>>20)
	}
}

// churn asks for objects by popularity, over connections that carry twenty requests each, and
// returns the server's memory as it was every second.
func churn(t *testing.T, objects uint64, lasts time.Duration) (peaks []int64) {
	w := start(t, CachingOptimized, "--cache-bytes", strconv.Itoa(64<<20), "--cache-disk-bytes", strconv.Itoa(1<<30))
	w.paths.HandleFunc("/churn/", func(rw http.ResponseWriter, r *http.Request) {
		size, err := strconv.Atoi(path.Base(r.URL.Path))
		if err != nil {
			http.NotFound(rw, r)
			return
		}
		rw.Header().Set("Content-Length", path.Base(r.URL.Path))
		io.Copy(rw, Content(size).Reader())
	})
	target, err := w.Targets(false, "/churn/")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), lasts)
	defer stop()
	sampled := make(chan struct{})
	go func() {
		defer close(sampled)
		for tick := time.Tick(time.Second); ctx.Err() == nil; <-tick {
			n, err := w.process.RSS()
			if err != nil {
				return // the test fails elsewhere
			}
			peaks = append(peaks, n)
		}
	}()
	var asked [8]int
	err = together(len(asked), func(i int) error {
		popular := rand.NewZipf(rand.New(rand.NewPCG(uint64(i), 1)), 1.01, 100, objects-1)
		for ctx.Err() == nil {
			if err := visit(target, popular, &asked[i]); err != nil {
				return err
			}
		}
		return nil
	})
	<-sampled
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, n := range asked {
		total += n
	}
	t.Logf("%d requests for %d objects, %d of them went to the origin; memory at most %d MiB", total, objects, w.origin.Total(), highest(peaks)>>20)
	return peaks
}

// visit is one viewer's connection with twenty requests.
func visit(target func(path string) Target, popular *rand.Zipf, asked *int) error {
	crowd, err := HTTP1(context.Background(), target("").Address, 1, 0)
	if err != nil {
		return err
	}
	defer crowd.Close()
	for range 20 {
		id := popular.Uint64()
		size := 512 + id*7919%(32<<10) // of any size, but always the same
		resp, err := crowd.Viewers[0].Get(context.Background(), target(fmt.Sprintf("/churn/%d/%d", id, size)), func() {})
		if err != nil {
			return err
		}
		err = (&Check{Content: Content(size)}).All(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != 200 {
			return fmt.Errorf("%s for object %d of %d bytes: %w", resp.Status, id, size, err)
		}
		*asked++
	}
	return nil
}

func highest(values []int64) (top int64) {
	for _, v := range values {
		top = max(top, v)
	}
	return top
}
