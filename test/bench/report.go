package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// report is what a run writes: for each row NAME.md, and NAME.svg where there is a plot.
type report struct {
	dir     string
	command string            // that made this run
	row     string            // under way
	lines   []string          // versions and commands of the servers of this row
	absent  map[string]string // peers that could not be started, and why
}

// begin starts a row's file.
func (r *report) begin(row string) {
	r.row, r.lines, r.absent = row, nil, map[string]string{}
}

// missing notes that a peer could not be started; it is named in the row's file.
func (r *report) missing(name string, err error) {
	fmt.Fprintf(os.Stderr, "bench: %s is missing: %v\n", name, err)
	r.absent[name] = strings.ReplaceAll(err.Error(), "\n", " ")
}

// servers notes what is measured.
func (r *report) servers(peers []*peer) {
	for _, p := range peers {
		note := ""
		switch {
		case !p.cache:
			note = "; no cache of its own: the objects are files"
		case !p.signed:
			note = "; checks no signatures, which is the easier job"
		}
		line := fmt.Sprintf("* %s %s: `%s`%s", p.name, p.version, p.started, note)
		if !slices.Contains(r.lines, line) {
			r.lines = append(r.lines, line)
		}
	}
}

// section is the file of a row.
type section struct {
	r     *report
	title string
	parts []string
	rows  *table
}

func (r *report) section(title string) *section { return &section{r: r, title: title} }

func (s *section) text(format string, args ...any) {
	s.flush()
	s.parts = append(s.parts, fmt.Sprintf(format, args...))
}

// table is a Markdown table under construction.
type table struct{ lines []string }

// table begins a table with these columns.
func (s *section) table(columns ...string) *table {
	s.flush()
	s.rows = &table{}
	s.rows.row(columns...)
	s.rows.lines = append(s.rows.lines, strings.Repeat("|---", len(columns))+"|")
	return s.rows
}

// row adds a line, and shows it at once to whoever watches.
func (t *table) row(cells ...string) {
	line := "| " + strings.Join(cells, " | ") + " |"
	fmt.Println(line)
	t.lines = append(t.lines, line)
}

func (s *section) flush() {
	if s.rows != nil {
		s.parts = append(s.parts, strings.Join(s.rows.lines, "\n"))
		s.rows = nil
	}
}

// chart writes the row's plot and shows it.
func (s *section) chart(c chart) {
	s.flush()
	name := s.r.row + ".svg"
	if err := os.WriteFile(filepath.Join(s.r.dir, name), []byte(c.svg()), 0o644); err != nil {
		s.text("The plot could not be written: %v", err)
		return
	}
	s.parts = append(s.parts, fmt.Sprintf("![%s](%s)", c.title, name))
}

// write writes the row's file.
func (s *section) write() error {
	s.flush()
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n", s.title, strings.Join(s.parts, "\n\n"))
	fmt.Fprintf(&b, "\n## Machine and commands\n\n%s, %s. `%s`\n\n", time.Now().UTC().Format("2 January 2006"), machine(), s.r.command)
	for _, line := range s.r.lines {
		b.WriteString(line + "\n")
	}
	for name, why := range s.r.absent {
		fmt.Fprintf(&b, "* **%s is missing in this run**: %s\n", name, why)
	}
	fmt.Fprintf(&b, "* servers on core %s (`taskset -c %s`), load generator, origin and viewers on core %s\n", serverCore, serverCore, loadCore)
	for _, tool := range [][]string{{"wrk", "-v"}, {"h2load", "--version"}} {
		fmt.Fprintf(&b, "* %s %s\n", tool[0], versionOf(tool[0], tool[1:]...))
	}
	return os.WriteFile(filepath.Join(s.r.dir, s.r.row+".md"), []byte(b.String()), 0o644)
}

// machine says what the run was made on. The runtime would count only the cores this process
// may use.
func machine() string {
	cpu, cores := "unknown CPU", 0
	if data, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(data)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				cpu = strings.TrimSpace(value)
				cores++
			}
		}
	}
	memory := ""
	if data, err := os.ReadFile("/proc/meminfo"); err == nil {
		if fields := strings.Fields(string(data)); len(fields) > 1 {
			memory = fmt.Sprintf(", %d GiB", (number([]byte(fields[1]))+1<<19)>>20)
		}
	}
	system := "Linux"
	if data, err := os.ReadFile("/etc/os-release"); err == nil {
		for line := range strings.Lines(string(data)) {
			if name, ok := strings.CutPrefix(line, "PRETTY_NAME="); ok {
				system = strings.Trim(strings.TrimSpace(name), `"`)
			}
		}
	}
	kernel, err := exec.Command("uname", "-r").Output()
	if err != nil {
		kernel = []byte("of unknown version")
	}
	return fmt.Sprintf("%s, %d cores%s; %s, kernel %s, %s", cpu, cores, memory, system, strings.TrimSpace(string(kernel)), runtime.Version())
}
