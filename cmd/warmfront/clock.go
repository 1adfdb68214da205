package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

// clockReading is the server's clock as its own endpoint tells it.
type clockReading struct {
	Now           time.Time `json:"now"`
	Real          time.Time `json:"real"`
	OffsetSeconds float64   `json:"offsetSeconds"`
	Frozen        bool      `json:"frozen"`
}

// clockChange is what to do to it.
type clockChange struct {
	Reset          bool       `json:"reset,omitempty"`
	Now            *time.Time `json:"now,omitempty"`
	AdvanceSeconds float64    `json:"advanceSeconds,omitempty"`
	Frozen         *bool      `json:"frozen,omitempty"`
}

func newClock() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "clock",
		Short: "Move the clock of a server run with --test-clock",
		Long: `Moves the clock by which a server judges signed links, presigned requests, TTLs and ages, so
that a test need not wait:

  warmfront clock advance 2h     # every link of an hour has expired

The server must have been started with --test-clock.`,
	}
	at := func(args []string) (*time.Time, error) {
		if len(args) == 0 {
			return nil, nil
		}
		if seconds, err := strconv.ParseInt(args[0], 10, 64); err == nil {
			return new(time.Unix(seconds, 0)), nil
		}
		t, err := time.Parse(time.RFC3339, args[0])
		if err != nil {
			return nil, fmt.Errorf("%q is no time: want 2030-01-31T12:00:00Z or seconds since 1970", args[0])
		}
		return &t, nil
	}
	cmd.AddCommand(
		newClockCommand("show", "Show the server's clock beside the real one", 0, 0, nil),
		newClockCommand("set TIME", "Set the clock; it runs on or stands as before", 1, 1, func(args []string) (ch clockChange, err error) {
			ch.Now, err = at(args)
			return ch, err
		}),
		newClockCommand("advance DURATION", "Move the clock by a duration such as 90s, 36h or -1h", 1, 1, func(args []string) (ch clockChange, err error) {
			d, err := time.ParseDuration(args[0])
			ch.AdvanceSeconds = d.Seconds()
			return ch, err
		}),
		newClockCommand("freeze [TIME]", "Stop the clock, now or at a time", 0, 1, func(args []string) (ch clockChange, err error) {
			ch.Now, err = at(args)
			ch.Frozen = new(true)
			return ch, err
		}),
		newClockCommand("resume", "Let a frozen clock run on from where it stands", 0, 0, func([]string) (clockChange, error) {
			return clockChange{Frozen: new(false)}, nil
		}),
		newClockCommand("reset", "Set the clock to the real time and let it run", 0, 0, func([]string) (clockChange, error) {
			return clockChange{Reset: true}, nil
		}),
	)
	return cmd
}

// newClockCommand makes a command that changes the clock, or only reads it without a change.
func newClockCommand(use, short string, least, most int, change func(args []string) (clockChange, error)) *cobra.Command {
	var f clientFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   use,
		Short: short,
		Args:  wants("usage: warmfront clock "+use, least, most),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := f.open()
			if err != nil {
				return err
			}
			var r clockReading
			if change == nil {
				err = c.ops(cmd.Context(), "GET", "/clock", nil, &r)
			} else {
				var ch clockChange
				if ch, err = change(args); err != nil {
					return err
				}
				err = c.ops(cmd.Context(), "POST", "/clock", ch, &r)
			}
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), r)
			}
			r.print(cmd)
			return nil
		},
	}
	f.bind(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (r *clockReading) print(cmd *cobra.Command) {
	state := "runs"
	if r.Frozen {
		state = "stands"
	}
	offset := time.Duration(r.OffsetSeconds * float64(time.Second)).Round(time.Second)
	fmt.Fprintf(cmd.OutOrStdout(), "%s  %s, %v from the real time\n", r.Now.UTC().Format(time.RFC3339), state, offset)
}
