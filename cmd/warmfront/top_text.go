package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"
)

// topRows is how many distributions and reasons are shown at most.
const topRows = 10

// topScreen shows each write in the place of the one before, on a terminal's second screen.
type topScreen struct{ terminal *os.File }

func newTopScreen(terminal *os.File) *topScreen {
	fmt.Fprint(terminal, "\x1b[?1049h\x1b[?25l") // second screen, no cursor
	return &topScreen{terminal}
}

func (s *topScreen) leave() { fmt.Fprint(s.terminal, "\x1b[?25h\x1b[?1049l") }

// size is the terminal's, or the usual one where it tells none.
func (s *topScreen) size() (width, height int) {
	if width, height, err := term.GetSize(int(s.terminal.Fd())); err == nil && width > 0 && height > 0 {
		return width, height
	}
	return 80, 24
}

// Write implements io.Writer: text that is longer than the screen is cut.
func (s *topScreen) Write(text []byte) (int, error) {
	lines := strings.SplitAfter(strings.TrimRight(string(text), "\n"), "\n")
	if _, height := s.size(); len(lines) > height {
		lines = lines[:height]
		lines[height-1] = strings.TrimRight(lines[height-1], "\n")
	}
	var b bytes.Buffer
	b.WriteString("\x1b[H") // home; what is left of each line and below is erased, not all before: that flickers
	for _, line := range lines {
		b.WriteString(strings.Replace(line, "\n", "\x1b[K\n", 1))
	}
	b.WriteString("\x1b[J")
	if _, err := s.terminal.Write(b.Bytes()); err != nil {
		return 0, err
	}
	return len(text), nil
}

// text is the view for people, in lines of at most width columns.
func (v *topView) text(width int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "edge %s (%s) at %s   %s, the last %.0f s\n\n", v.Edge.ID, v.Edge.POP, v.Server, v.Now.Local().Format("15:04:05"), v.Seconds)
	v.figures(&b)
	if line := v.line(width - 12); line != "" {
		fmt.Fprintf(&b, "%-12s%s\n", fmt.Sprintf("each %d s", v.StepSeconds), line)
	}
	if len(v.Total.Refusals) > 0 {
		b.WriteString("\n")
		v.refusals(&b)
	}
	if len(v.Distributions) > 0 {
		b.WriteString("\n")
		v.distributions(&b)
	}
	b.WriteString("\n")
	v.edges(&b)
	b.WriteString("\n")
	return narrow(b.String(), width)
}

// narrow cuts lines to a width.
func narrow(text string, width int) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if runes := []rune(line); len(runes) > width {
			lines[i] = string(runes[:width])
		}
	}
	return strings.Join(lines, "\n")
}

func (v *topView) rate(n uint64) string { return fmt.Sprintf("%.1f", float64(n)/max(v.Seconds, 1)) }

func (v *topView) figures(w io.Writer) {
	t := &v.Total
	fmt.Fprintf(w, "requests/s  %s", v.rate(t.total()))
	for _, result := range []string{"Hit", "RefreshHit", "Miss", "Redirect", "Error"} {
		if n := t.Requests[result]; n > 0 {
			fmt.Fprintf(w, "   %s %s", result, v.rate(n))
		}
	}
	fmt.Fprintf(w, "\nhit ratio   %s   sent %s/s   origin %s/s, %d failed\n", t.ratio(), size(float64(t.Bytes)/max(v.Seconds, 1)), v.rate(t.Origin.Requests), t.Origin.Errors)
	fmt.Fprintf(w, "first byte  %s\n", t.waits())
}

func (s *topSums) ratio() string {
	if s.HitRatio == nil {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", *s.HitRatio*100)
}

func (s *topSums) waits() string {
	if s.Latency == nil {
		return "-"
	}
	return fmt.Sprintf("p50 %s   p90 %s   p99 %s", wait(s.Latency.P50), wait(s.Latency.P90), wait(s.Latency.P99))
}

// wait writes milliseconds with about three digits.
func wait(ms float64) string {
	d := time.Duration(ms * float64(time.Millisecond))
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < 100*time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(time.Millisecond).String()
}

// size writes a number of bytes.
func size(n float64) string {
	unit := 0
	for n >= 1024 && unit < 4 {
		n /= 1024
		unit++
	}
	return fmt.Sprintf("%.1f %s", n, []string{"B", "KiB", "MiB", "GiB", "TiB"}[unit])
}

// line draws the requests of each step, the highest as a full block.
func (v *topView) line(width int) string {
	step := time.Duration(v.StepSeconds) * time.Second
	if step <= 0 || width < 1 {
		return ""
	}
	last := v.Now.Truncate(step)
	bars := make([]uint64, min(int(v.Seconds)/v.StepSeconds+1, width))
	highest := uint64(0)
	for i := range v.Points {
		p := &v.Points[i]
		if back := int(last.Sub(p.At) / step); back >= 0 && back < len(bars) {
			bars[len(bars)-1-back] = p.total()
			highest = max(highest, p.total())
		}
	}
	if highest == 0 {
		return ""
	}
	const blocks = " ▁▂▃▄▅▆▇█"
	var b strings.Builder
	for _, n := range bars {
		b.WriteRune([]rune(blocks)[(n*8+highest-1)/highest])
	}
	return b.String()
}

func (v *topView) refusals(w io.Writer) {
	reasons := slices.SortedFunc(maps.Keys(v.Total.Refusals), func(a, b string) int {
		return cmp.Or(cmp.Compare(v.Total.Refusals[b], v.Total.Refusals[a]), cmp.Compare(a, b))
	})
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "REFUSED\tPER SECOND\tIN ALL")
	for _, reason := range reasons[:min(len(reasons), topRows)] {
		n := v.Total.Refusals[reason]
		fmt.Fprintf(t, "%s\t%s\t%d\n", reason, v.rate(n), n)
	}
	t.Flush()
}

func (v *topView) distributions(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "DISTRIBUTION\tPER SECOND\tHIT RATIO\tSENT\tREFUSED\tORIGIN ERRORS\tP99")
	for _, d := range v.Distributions[:min(len(v.Distributions), topRows)] {
		refused, p99 := uint64(0), "-"
		for _, n := range d.Refusals {
			refused += n
		}
		if d.Latency != nil {
			p99 = wait(d.Latency.P99)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s/s\t%d\t%d\t%s\n", d.ID, v.rate(d.total()), d.ratio(), size(float64(d.Bytes)/max(v.Seconds, 1)), refused, d.Origin.Errors, p99)
	}
	if more := len(v.Distributions) - topRows; more > 0 {
		fmt.Fprintf(t, "and %d more\n", more)
	}
	t.Flush()
}

func (v *topView) edges(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "EDGE\tPOP\tHEALTH\tREVISION\tADDRESS\tVERSION")
	for _, e := range v.Edges {
		id := e.ID
		if e.Self {
			id += " (this)"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\t%s\n", id, e.POP, e.Health, e.Applied, e.Address, e.Version)
	}
	for _, e := range v.Absent {
		health := "absent"
		if e.Since != nil {
			health += " since " + e.Since.Local().Format("Jan 2 15:04")
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\t%s\n", e.ID, e.POP, health, e.Applied, e.Address, e.Version)
	}
	t.Flush()
}
