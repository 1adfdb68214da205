package main

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/warmfront/warmfront/internal/edge"
	"github.com/warmfront/warmfront/signedurl"
)

// explainWidth is the width that sentences are broken at.
const explainWidth = 100

// explanationText is a report for people, on one screen: the verdict, the way of the request,
// the steps, and causes with their fixes.
func explanationText(x *edge.Explanation, server, keys bool) string {
	var b strings.Builder
	r := x.Report
	b.WriteString(verdictLine(x, server, keys) + "\n")
	if r != nil {
		b.WriteString("  " + r.URL + "\n")
	}
	if x.Redirect != "" {
		b.WriteString("  The viewer is first redirected to HTTPS; this is about the request that follows.\n")
	}
	writeWay(&b, x)
	if r == nil {
		return b.String()
	}
	b.WriteByte('\n')
	for _, s := range r.Steps {
		hang(&b, fmt.Sprintf("  %s %-12s", mark(s.Outcome), s.Name), s.Detail)
	}
	writePolicy(&b, r)
	writeSections(&b, r)
	for _, f := range r.Findings {
		b.WriteByte('\n')
		hang(&b, "Cause", f.Cause)
		hang(&b, "Fix  ", f.Fix)
	}
	return b.String()
}

// verdictLine is the first line.
func verdictLine(x *edge.Explanation, server, keys bool) string {
	switch x.Verdict {
	case signedurl.Admitted:
		return "ADMITTED"
	case edge.Public:
		return "PUBLIC: " + x.Detail
	case edge.Rejected:
		return fmt.Sprintf("REFUSED: %d. %s", x.Status, x.Detail)
	case signedurl.Refused:
		n := x.Report.Refusal
		return fmt.Sprintf("REFUSED: %s (403 %s, “%s”)", n.Text, n.Code, n.Message)
	}
	if !server && !keys {
		return "NOT DECIDED: the signature was not checked; give --public-key FILE or --server"
	}
	return "NOT DECIDED: it depends on the viewer's address; give --ip ADDRESS"
}

// writeWay shows which way the request takes through the server.
func writeWay(b *strings.Builder, x *edge.Explanation) {
	if x.Distribution == nil {
		return
	}
	fmt.Fprintf(b, "\n  distribution  %s (%s), configuration %d\n", x.Distribution.ID, x.Distribution.Domain, x.Revision)
	if x.Behavior != nil {
		fmt.Fprintf(b, "  behavior      %s, %s\n", x.Behavior.Pattern, restriction(x.Behavior))
	}
	for i := range x.Also {
		fmt.Fprintf(b, "  and           %s, %s: another reading of the path selects it\n", x.Also[i].Pattern, restriction(&x.Also[i]))
	}
	if x.Origin != nil {
		fmt.Fprintf(b, "  origin        %s (%s), %s\n", x.Origin.ID, x.Origin.Domain, x.Origin.Target)
	}
	switch {
	case x.Cache == nil:
	case x.Cache.Cached:
		fmt.Fprintf(b, "  cache key     %s\n", printable(x.Cache.Key))
	default:
		b.WriteString("  cache key     none: answers to this request are not stored\n")
	}
}

func restriction(b *edge.ExplainedBehavior) string {
	switch {
	case !b.Restricted:
		return "public"
	case len(b.Keys) == 0:
		return "restricted, and no key is trusted"
	case len(b.Keys) > 4:
		return fmt.Sprintf("restricted to %d keys, %s …", len(b.Keys), strings.Join(b.Keys[:4], ", "))
	}
	return "restricted to " + strings.Join(b.Keys, ", ")
}

// writePolicy shows the policy, and what was signed when that is another text.
func writePolicy(b *strings.Builder, r *signedurl.Report) {
	p, d := r.Policy, r.Difference
	switch {
	case p == nil:
	case d != nil:
		fmt.Fprintf(b, "\n  The signature is for another text than the policy; they part at byte %d:\n", d.Offset)
		from := max(0, d.Offset-40)
		for from > 0 && !utf8.RuneStart(d.Expected[from]) {
			from--
		}
		before := printable(d.Expected[from:d.Offset])
		if from > 0 {
			before = "…" + before
		}
		fmt.Fprintf(b, "    expected  %s%s\n", before, cut(printable(d.Expected[d.Offset:]), 80))
		fmt.Fprintf(b, "    signed    %s%s\n", before, cut(printable(d.Signed[d.Offset:]), 80))
		fmt.Fprintf(b, "              %s^\n", strings.Repeat(" ", utf8.RuneCountInString(before)))
	case p.Repaired:
		fmt.Fprintf(b, "\n  policy once the form is put right\n    %s\n", printable(cmp.Or(p.Canonical, p.Sent)))
	case p.Kind == "canned":
		fmt.Fprintf(b, "\n  policy as the edge rebuilds it: the text that has to be signed\n    %s\n", printable(p.Canonical))
	default:
		fmt.Fprintf(b, "\n  policy as sent\n    %s\n", printable(p.Sent))
		if p.Canonical != "" && p.Canonical != p.Sent {
			fmt.Fprintf(b, "  policy in canonical form\n    %s\n", printable(p.Canonical))
		}
	}
}

// writeSections sets Resource beside the URL, when it does not cover it.
func writeSections(b *strings.Builder, r *signedurl.Report) {
	differs := false
	width := len("Resource")
	for _, s := range r.Sections {
		differs = differs || !s.Match
		width = max(width, utf8.RuneCountInString(s.Pattern))
	}
	if !differs {
		return
	}
	fmt.Fprintf(b, "\n  %-10s  %-*s  %s\n", "", width, "Resource", "request")
	for _, s := range r.Sections {
		outcome := signedurl.OK
		if !s.Match {
			outcome = signedurl.Failed
		}
		fmt.Fprintf(b, "  %s %-8s  %-*s  %s\n", mark(outcome), s.Name, width, orNone(s.Pattern), orNone(s.Value))
	}
}

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return printable(s)
}

func mark(o signedurl.Outcome) string {
	switch o {
	case signedurl.OK:
		return "✓"
	case signedurl.Failed:
		return "✗"
	}
	return "·"
}

// hang writes a text behind a head, broken at blanks, with further lines below its beginning.
func hang(b *strings.Builder, head, text string) {
	indent := strings.Repeat(" ", utf8.RuneCountInString(head))
	line, empty := head, true
	for _, word := range strings.Fields(printable(text)) {
		if !empty && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > explainWidth {
			b.WriteString(line + "\n")
			line = indent
		}
		line, empty = line+" "+word, false
	}
	b.WriteString(line + "\n")
}

// printable makes control characters visible: what is shown comes from strangers.
func printable(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strconv.IsPrint(r) {
			b.WriteRune(r)
		} else {
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
	}
	return b.String()
}

func cut(s string, most int) string {
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}
