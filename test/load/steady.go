package load

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"
)

// Steady asks for targets in turn, so many a second in all, over conns connections of HTTP/1.1
// in clear text, until ctx ends. It returns how many answers there were by status. All targets
// must be at one address.
func Steady(ctx context.Context, targets []Target, perSecond float64, conns int) (map[int]int, error) {
	crowd, err := HTTP1(ctx, targets[0].Address, conns, 0)
	if err != nil {
		return nil, err
	}
	defer crowd.Close()
	tokens := make(chan int, conns)
	go offer(ctx, tokens, perSecond)
	var (
		mu       sync.Mutex
		statuses = map[int]int{}
	)
	err = crowd.Each(func(_ int, v Viewer) error {
		mine := map[int]int{}
		defer func() {
			mu.Lock()
			defer mu.Unlock()
			for status, n := range mine {
				statuses[status] += n
			}
		}()
		for n := range tokens {
			resp, err := v.Get(ctx, targets[n%len(targets)], func() {})
			if err == nil {
				_, err = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
			if ctx.Err() != nil {
				return nil
			}
			if err != nil {
				return fmt.Errorf("%s: %w", targets[n%len(targets)].Path, err)
			}
			mine[resp.StatusCode]++
		}
		return nil
	})
	return statuses, err
}

// offer hands out numbers at a rate. What finds nobody free waits its turn: the rate is that
// of the whole.
func offer(ctx context.Context, tokens chan<- int, perSecond float64) {
	defer close(tokens)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	began, n := time.Now(), 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for due := int(time.Since(began).Seconds() * perSecond); n < due; n++ {
			select {
			case tokens <- n:
			case <-ctx.Done():
				return
			}
		}
	}
}
