package cache

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite docs/rfc-index.md")

// TestIndex keeps docs/rfc-index.md the list of what the cases say. `go test ./test/cache
// -run Index -update` rewrites it.
func TestIndex(t *testing.T) {
	name := filepath.Join("..", "..", "docs", "rfc-index.md")
	want := index(allCases(t))
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/rfc-index.md is not what the cases say: run go test ./test/cache -run Index -update")
	}
}

// TestSections makes sure that no section of RFC 9111 with rules for caches is without a case.
func TestSections(t *testing.T) {
	shown := map[string]bool{}
	for _, c := range allCases(t) {
		shown[c.section] = true
		if c.title == "" || (!strings.HasPrefix(c.section, "RFC ") && !strings.HasPrefix(c.section, "CloudFront ")) {
			t.Errorf("%s: %q names no section", c.where, c.section)
		}
		if strings.HasPrefix(c.section, "CloudFront ") != (c.rules == "cloudfront") {
			t.Errorf("%s: a case of CloudFront's rules holds under those only", c.where)
		}
	}
	for _, section := range []string{
		"RFC 9111 2", "RFC 9111 3", "RFC 9111 3.1", "RFC 9111 3.2", "RFC 9111 3.3", "RFC 9111 3.4", "RFC 9111 3.5",
		"RFC 9111 4", "RFC 9111 4.1", "RFC 9111 4.2", "RFC 9111 4.2.1", "RFC 9111 4.2.2", "RFC 9111 4.2.3", "RFC 9111 4.2.4",
		"RFC 9111 4.3.1", "RFC 9111 4.3.2", "RFC 9111 4.3.3", "RFC 9111 4.3.4", "RFC 9111 4.3.5", "RFC 9111 4.4",
		"RFC 9111 5.1", "RFC 9111 5.2", "RFC 9111 5.2.1.5", "RFC 9111 5.2.1.7", "RFC 9111 5.2.2.1", "RFC 9111 5.2.2.2", "RFC 9111 5.2.2.3",
		"RFC 9111 5.2.2.4", "RFC 9111 5.2.2.7", "RFC 9111 5.2.2.8", "RFC 9111 5.2.2.9", "RFC 9111 5.2.2.10", "RFC 9111 5.2.3", "RFC 9111 5.3", "RFC 9111 5.4",
		"RFC 5861 3", "RFC 5861 4", "RFC 8246 2", "RFC 9211 2.2", "RFC 9213 2.1", "RFC 9213 2.2",
		"RFC 9110 13.1.1", "RFC 9110 13.1.2", "RFC 9110 13.1.3", "RFC 9110 13.1.5", "RFC 9110 13.2.2", "RFC 9110 14.1.2", "RFC 9110 14.2", "RFC 9110 15.2", "RFC 9110 15.5.17",
	} {
		if !shown[section] {
			t.Errorf("no case shows %s", section)
		}
	}
}

// index is the document: a table for each RFC, and for CloudFront's own rules.
func index(cases []*testCase) string {
	var b strings.Builder
	b.WriteString("# From section to case\n\n" +
		"Generated from the scripts in [test/cache/cases](../test/cache/cases), which run against a whole server under either rules " +
		"(`go test ./test/cache`); [caching.md](caching.md) says what `--cache-rules` changes.\n")
	slices.SortStableFunc(cases, func(a, b *testCase) int { return compareSections(a.section, b.section) })
	part := ""
	for _, c := range cases {
		document, section := cut(c.section)
		if document != part {
			part = document
			fmt.Fprintf(&b, "\n## %s\n\n| section | case | rules | script |\n|---|---|---|---|\n", part)
		}
		script := filepath.Base(strings.Split(c.where, ":")[0])
		rules := cmp.Or(c.rules, "both")
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", section, strings.ReplaceAll(c.title, "|", `\|`), rules, script)
	}
	return b.String()
}

var rfc = regexp.MustCompile(`^(RFC [0-9]+) (.*)$`)

// cut tells the document from the section.
func cut(section string) (document, rest string) {
	if m := rfc.FindStringSubmatch(section); m != nil {
		return m[1], m[2]
	}
	document, rest, _ = strings.Cut(section, " ")
	return document, rest
}

// compareSections orders RFCs by number and sections as their tables of contents do.
func compareSections(a, b string) int {
	da, sa := cut(a)
	db, sb := cut(b)
	if c := cmp.Compare(da, db); c != 0 {
		return -c // RFCs first, the newest first
	}
	as, bs := strings.Split(sa, "."), strings.Split(sb, ".")
	for i := range min(len(as), len(bs)) {
		x, errX := strconv.Atoi(as[i])
		y, errY := strconv.Atoi(bs[i])
		if errX != nil || errY != nil {
			return cmp.Compare(sa, sb)
		}
		if c := cmp.Compare(x, y); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(as), len(bs))
}
