package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

func newConsole() *cobra.Command {
	var f sessionFlags
	var printAnyway bool
	cmd := &cobra.Command{
		Use:   "console",
		Short: "Print a link that opens the console, signed in",
		Long: `Prints a link into the console. Whoever opens it first, within five minutes, is signed in
with a temporary key of the key that made it. It is printed to a terminal only, so that it does
not end in a log by mistake.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !printAnyway && !isTerminal(cmd.OutOrStdout()) {
				return errors.New("the link signs in whoever has it and is printed to a terminal only; --print prints it here")
			}
			c, err := f.open()
			if err != nil {
				return err
			}
			var link struct {
				Secret  string
				Expires time.Time
			}
			if err := c.ops(cmd.Context(), "POST", "/console-link", f.request(), &link); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s/console/#link=%s\n", c.endpoints.API, link.Secret)
			fmt.Fprintf(cmd.ErrOrStderr(), "opens the console once, until %s\n", link.Expires.Local().Format(time.TimeOnly))
			return nil
		},
	}
	f.bind(cmd)
	cmd.Flags().BoolVar(&printAnyway, "print", false, "print the link even if the output is no terminal")
	return cmd
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
