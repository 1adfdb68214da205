package main

import (
	"fmt"
	"io"
	"net/url"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

// edgeList is what the server's own endpoint tells of edges.
type edgeList struct {
	Edges []struct {
		ID      string `json:"id"`
		Address string `json:"address"`
		POP     string `json:"pop"`
		Version string `json:"version"`
		Applied int64  `json:"applied"`
		Health  string `json:"health"`
		Self    bool   `json:"self"`
	} `json:"edges"`
	Absent []struct {
		ID      string     `json:"id"`
		Address string     `json:"address"`
		POP     string     `json:"pop"`
		Version string     `json:"version"`
		Applied int64      `json:"applied"`
		Since   *time.Time `json:"since"`
		Until   *time.Time `json:"until"`
		Passed  bool       `json:"passed"`
	} `json:"absent"`
}

func newEdges() *cobra.Command {
	var f clientFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "edges",
		Short: "List the edges, those that are away with since when and until when they count",
		Long: `Lists the live edges, and those that have been live and are away. An edge that is away may go
on admitting what was taken back meanwhile until its configuration is older than its
--config-max-age: receipts of such changes wait for it, until it returns, until that time, or
until it is forgotten.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := f.open()
			if err != nil {
				return err
			}
			var list edgeList
			if err := c.ops(cmd.Context(), "GET", "/edges", nil, &list); err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), list)
			}
			return list.print(cmd.OutOrStdout())
		},
	}
	f.bind(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.AddCommand(newEdgesForget())
	return cmd
}

func newEdgesForget() *cobra.Command {
	var f clientFlags
	cmd := &cobra.Command{
		Use:   "forget ID",
		Short: "Forget an edge that is away and will not return",
		Long: `Forgets an edge that is away: nothing waits for it any more. Do it when the machine is gone or
its data directory deleted; an edge that still runs somewhere, cut off, goes on serving until
its --config-max-age has passed. Should it come back, it is listed anew.`,
		Args: wants("name one edge by its id; `warmfront edges` shows them", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := f.open()
			if err != nil {
				return err
			}
			return c.ops(cmd.Context(), "DELETE", "/edges/"+url.PathEscape(args[0]), nil, nil)
		},
	}
	f.bind(cmd)
	return cmd
}

func (l *edgeList) print(out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tPOP\tADDRESS\tREVISION\tSTATE")
	for _, e := range l.Edges {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\n", e.ID, e.POP, e.Address, e.Applied, e.Health)
	}
	for _, e := range l.Absent {
		state := "away since " + stamp(e.Since) + ", counts until "
		switch {
		case e.Passed:
			state = "away since " + stamp(e.Since) + ", counts no more"
		case e.Until == nil:
			state += "it returns"
		default:
			state += stamp(e.Until)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\n", e.ID, e.POP, e.Address, e.Applied, state)
	}
	return table.Flush()
}
