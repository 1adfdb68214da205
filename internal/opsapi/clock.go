package opsapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/warmfront/warmfront/internal/clock"
	"github.com/warmfront/warmfront/internal/cloudfront"
)

// Clock is the server's clock where tests may move it. Safe for concurrent use.
type Clock interface {
	Read() clock.Reading
	// Change changes the clock once what goes on behind the answers given so far is done.
	Change(ctx context.Context, ch clock.Change) (clock.Reading, error)
}

// reading is the JSON form of what the clock shows.
type reading struct {
	Now           time.Time `json:"now"`
	Real          time.Time `json:"real"`
	OffsetSeconds float64   `json:"offsetSeconds"` // now less real
	Frozen        bool      `json:"frozen"`
}

func showReading(r clock.Reading) reading {
	return reading{Now: r.Now.UTC().Round(0), Real: r.Real.UTC().Round(0), OffsetSeconds: r.Now.Sub(r.Real).Seconds(), Frozen: r.Frozen}
}

func (c *call) clock() (Clock, error) {
	if c.door.o.Clock == nil {
		return nil, &cloudfront.Error{Code: "NoTestClock", Status: http.StatusNotFound, Message: "This server's clock is the real one: `warmfront serve --test-clock` makes it movable."}
	}
	return c.door.o.Clock, nil
}

func getClock(c *call) (int, any, error) {
	k, err := c.clock()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, showReading(k.Read()), nil
}

func changeClock(c *call) (int, any, error) {
	var in struct {
		Reset          bool      `json:"reset"`
		Now            time.Time `json:"now"`
		AdvanceSeconds float64   `json:"advanceSeconds"`
		Frozen         *bool     `json:"frozen"`
	}
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	k, err := c.clock()
	if err != nil {
		return 0, nil, err
	}
	const most = 200 * 365 * 24 * 3600 // more leads out of the clock's range
	if in.AdvanceSeconds < -most || in.AdvanceSeconds > most {
		return 0, nil, cloudfront.Errorf("InvalidArgument", "The member advanceSeconds is out of range: %g.", in.AdvanceSeconds)
	}
	advance := time.Duration(in.AdvanceSeconds * float64(time.Second))
	r, err := k.Change(c.ctx, clock.Change{Reset: in.Reset, Now: in.Now, Advance: advance, Frozen: in.Frozen})
	if outside, ok := errors.AsType[*clock.RangeError](err); ok {
		return 0, nil, cloudfront.Errorf("InvalidArgument", "%v.", outside)
	}
	if err != nil {
		return 0, nil, err
	}
	c.door.o.Log.Info("clock changed", "now", r.Now.UTC(), "frozen", r.Frozen, "by", c.caller.ID)
	return http.StatusOK, showReading(r), nil
}
