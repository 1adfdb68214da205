package opsapi

import (
	"context"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/clock"
)

// testClock is a clock nobody waits for.
type testClock struct{ *clock.Clock }

func (k testClock) Change(_ context.Context, ch clock.Change) (clock.Reading, error) {
	return k.Clock.Change(ch)
}

func TestClock(t *testing.T) {
	t.Parallel()
	c := newClient(t, "")
	const path = "/_warmfront/v1/clock"
	c.want(404, "NoTestClock", "ROOT", "warmfront", "GET", path, "")
	c.want(404, "NoTestClock", "ROOT", "warmfront", "POST", path, "{}")
	o := c.options
	real := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	o.Clock = testClock{clock.New(func() time.Time { return real })}
	c.serve(o)
	var r reading
	for _, step := range []struct {
		body   string
		want   time.Time
		frozen bool
	}{
		{`{}`, real, false},
		{`{"advanceSeconds":3600.5}`, real.Add(time.Hour + 500*time.Millisecond), false},
		{`{"now":"2030-01-02T03:04:05+01:00","advanceSeconds":-5,"frozen":true}`, time.Date(2030, 1, 2, 2, 4, 0, 0, time.UTC), true},
		{`{"frozen":false}`, time.Date(2030, 1, 2, 2, 4, 0, 0, time.UTC), false},
		{`{"reset":true}`, real, false},
	} {
		if status := c.do("ROOT", "warmfront", "POST", path, step.body, &r); status != 200 || !r.Now.Equal(step.want) || r.Frozen != step.frozen || r.OffsetSeconds != step.want.Sub(real).Seconds() {
			t.Errorf("%s: %d %+v", step.body, status, r)
		}
	}
	if status := c.do("READER", "warmfront", "GET", path, "", &r); status != 200 || !r.Now.Equal(real) || !r.Real.Equal(real) {
		t.Errorf("%d %+v", status, r)
	}
	c.want(403, "AccessDenied", "READER", "warmfront", "POST", path, `{"advanceSeconds":1}`)
	for _, body := range []string{`{"advanceSeconds":1e300}`, `{"advanceSeconds":6e9}`, `{"now":"1999-12-31T23:59:59Z"}`, `{"now":"yesterday"}`, `{"set":1}`} {
		c.want(400, "InvalidArgument", "ROOT", "warmfront", "POST", path, body)
	}
}
