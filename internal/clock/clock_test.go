package clock

import (
	"errors"
	"math"
	"testing"
	"time"
)

func TestChange(t *testing.T) {
	t.Parallel()
	real := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	begin := real
	c := New(func() time.Time { return real })
	frozen, runs := true, false
	later := begin.Add(48 * time.Hour)
	for _, step := range []struct {
		what   string
		ch     Change
		passes time.Duration // of real time, after the change
		want   time.Duration // from begin
		frozen bool
	}{
		{"as the real one", Change{}, time.Minute, time.Minute, false},
		{"advanced", Change{Advance: time.Hour}, time.Minute, time.Hour + 2*time.Minute, false},
		{"frozen", Change{Frozen: &frozen}, time.Minute, time.Hour + 2*time.Minute, true},
		{"advanced while frozen", Change{Advance: time.Minute}, time.Minute, time.Hour + 3*time.Minute, true},
		{"running again", Change{Frozen: &runs}, time.Minute, time.Hour + 4*time.Minute, false},
		{"back", Change{Advance: -2 * time.Hour}, 0, -56 * time.Minute, false},
		{"set and frozen", Change{Now: later, Frozen: &frozen}, time.Minute, 48 * time.Hour, true},
		{"set while frozen", Change{Now: begin, Advance: time.Second}, time.Minute, time.Second, true},
		{"reset", Change{Reset: true}, time.Minute, 8 * time.Minute, false},
		{"reset and frozen", Change{Reset: true, Frozen: &frozen}, time.Minute, 8 * time.Minute, true},
	} {
		if _, err := c.Change(step.ch); err != nil {
			t.Fatalf("%s: %v", step.what, err)
		}
		real = real.Add(step.passes)
		r := c.Read()
		if got := r.Now.Sub(begin); got != step.want || r.Frozen != step.frozen || !r.Real.Equal(real) || !c.Now().Equal(r.Now) {
			t.Errorf("%s: %v frozen %v, want %v", step.what, got, r.Frozen, step.want)
		}
		if c.Offset() != r.Now.Sub(real) {
			t.Errorf("%s: offset %v", step.what, c.Offset())
		}
	}
	before := c.Read()
	for _, ch := range []Change{{Now: begin.AddDate(200, 0, 0)}, {Now: begin.AddDate(-27, 0, 0)}, {Advance: math.MaxInt64}, {Advance: math.MinInt64}} {
		if _, err := c.Change(ch); !isRange(err) || c.Read() != before {
			t.Errorf("%+v: %v, %+v", ch, err, c.Read())
		}
	}
}

func isRange(err error) bool {
	_, ok := errors.AsType[*RangeError](err)
	return ok
}

func TestDurationsSurviveTheRealClock(t *testing.T) {
	t.Parallel()
	c := New(time.Now)
	if _, err := c.Change(Change{Advance: time.Hour}); err != nil {
		t.Fatal(err)
	}
	began := c.Now()
	if d := c.Now().Sub(began); d < 0 || d > time.Minute {
		t.Errorf("%v have passed", d)
	}
}
