// Command warmfront delivers private S3 content through edges its owner runs, with
// CloudFront's management API and CloudFront's signed URLs and cookies.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// version is set by the linker.
var version = "devel"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := newRoot().ExecuteContext(ctx); err != nil {
		if !errors.Is(err, errReported) {
			fmt.Fprintln(os.Stderr, "warmfront:", err)
		}
		status := 1
		if e, ok := errors.AsType[*exitError](err); ok {
			status = e.status
		}
		os.Exit(status)
	}
}

// errReported is an error whose text the user has already seen.
var errReported = errors.New("reported")

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "warmfront",
		Short:         "Private S3 content through signed URLs, from edges you run",
		Version:       version,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(newServe(), newEnv(), newKeypair(), newSign(), newShare(), newExplain(), newRevoke(), newKey(), newEdges(), newAccessKey(), newConsole(), newClock(), newTop())
	return root
}

// wants checks how many arguments a command got: least to most, most below zero for any number.
// what is said when they are not, after the command's name.
func wants(what string, least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least || most >= 0 && len(args) > most {
			return fmt.Errorf("%s: %s (see --help)", strings.TrimPrefix(cmd.CommandPath(), "warmfront "), what)
		}
		return nil
	}
}
