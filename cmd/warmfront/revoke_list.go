package main

import (
	"fmt"
	"net/url"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

func newRevokeList() *cobra.Command {
	var f clientFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the revocations that are kept",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := f.open()
			if err != nil {
				return err
			}
			all := []revocation{}
			for path := "/revocations"; path != ""; {
				var page struct {
					Revocations []revocation `json:"revocations"`
					Next        string       `json:"next"`
				}
				if err := c.ops(cmd.Context(), "GET", path, nil, &page); err != nil {
					return err
				}
				all = append(all, page.Revocations...)
				if path = ""; page.Next != "" {
					path = "/revocations/after/" + url.PathEscape(page.Next)
				}
			}
			if asJSON {
				text, err := indented(all)
				fmt.Fprintf(cmd.OutOrStdout(), "%s\n", text)
				return err
			}
			table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "ID\tUNTIL\tWHAT\tCOMMENT")
			for i := range all {
				fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", all[i].ID, all[i].Until.Format(time.RFC3339), all[i].what(), all[i].Comment)
			}
			return table.Flush()
		},
	}
	f.bind(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func newRevokeShow() *cobra.Command {
	var f clientFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show a revocation and on which edges it is in force",
		Args:  wants("name one revocation by its id", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := f.open()
			if err != nil {
				return err
			}
			var r revocation
			if err := c.ops(cmd.Context(), "GET", "/revocations/"+url.PathEscape(args[0]), nil, &r); err != nil {
				return err
			}
			return printRevocation(cmd.OutOrStdout(), &r, asJSON)
		},
	}
	f.bind(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func newRevokeDelete() *cobra.Command {
	var f clientFlags
	cmd := &cobra.Command{
		Use:   "delete ID",
		Short: "Take a revocation back: admit again what it refuses",
		Args:  wants("name one revocation by its id", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := f.open()
			if err != nil {
				return err
			}
			return c.ops(cmd.Context(), "DELETE", "/revocations/"+url.PathEscape(args[0]), nil, nil)
		},
	}
	f.bind(cmd)
	return cmd
}
