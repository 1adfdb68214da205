package main

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/warmfront/warmfront/internal/edge"
)

// remembered tells what the running server remembers of a request it refused.
func (f *explainFlags) remembered(cmd *cobra.Command) error {
	c, err := f.open()
	if err != nil {
		return usage(err)
	}
	var r edge.RefusedRequest
	if err := c.ops(cmd.Context(), "GET", "/refusals/"+url.PathEscape(f.requestID), nil, &r); err != nil {
		return usage(err)
	}
	out := cmd.OutOrStdout()
	if f.asJSON {
		text, err := indented(&r)
		if err != nil {
			return usage(err)
		}
		fmt.Fprintf(out, "%s\n", text)
	} else {
		fmt.Fprint(out, refusalText(&r))
	}
	return &exitError{1, errReported}
}

// refusalText is a remembered refusal for people.
func refusalText(r *edge.RefusedRequest) string {
	var b strings.Builder
	fmt.Fprintf(&b, "REFUSED: %s (403 %s)\n  %s\n\n", r.Text, r.Code, printable(r.URL))
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %-12s  %s\n", name, printable(value))
		}
	}
	line("time", r.Time.UTC().Format(time.RFC3339Nano))
	line("request", r.RequestID)
	line("viewer", r.Viewer+", "+r.Method)
	line("distribution", r.Distribution+", behavior "+r.Behavior)
	line("key", r.KeyPairID)
	line("policy", r.PolicyHash)
	b.WriteByte('\n')
	hang(&b, "Cause", strings.ToUpper(r.Text[:1])+r.Text[1:]+".")
	hang(&b, "Fix  ", r.Hint)
	b.WriteString("\nEvery step is shown for the whole URL: warmfront explain URL --server\n")
	return b.String()
}
