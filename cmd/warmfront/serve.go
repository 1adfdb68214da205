package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/warmfront/warmfront/internal/config"
	"github.com/warmfront/warmfront/internal/node"
)

func newServe() *cobra.Command {
	c := config.Default()
	var file string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the AWS endpoint, the store and an edge",
		Long: `Runs everything in one process: the AWS endpoint (CloudFront's management API and S3), the
store and an edge. On SIGHUP the access log is opened anew. Settings come from flags, WARMFRONT_* variables (WARMFRONT_HTTPS for
--https) and a YAML file with the flags' names, in this order of precedence.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.Resolve(cmd.Flags(), file, os.LookupEnv); err != nil {
				return err
			}
			var level slog.Level
			if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
				return fmt.Errorf("--log-level %q: want debug, info, warn or error", c.LogLevel)
			}
			log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: level}))
			ctx := cmd.Context()
			n, err := node.Start(ctx, c, node.Options{Version: version, Log: log, Output: cmd.ErrOrStderr()})
			if err != nil {
				return err
			}
			go tendMemory(ctx)
			go reopenLog(ctx, n, log)
			e := n.Endpoints()
			fmt.Fprintf(cmd.OutOrStdout(), "warmfront is ready: AWS endpoint %s, viewers %s and %s, data %s\n", e.API, e.HTTP, e.HTTPS, c.Data)
			return n.Wait(ctx)
		},
	}
	c.Bind(cmd.Flags())
	cmd.Flags().StringVar(&file, "config", "", "YAML `file` with settings")
	return cmd
}

// reopenLog opens the node's access log anew at each SIGHUP, as programs that rotate logs want it,
// until ctx ends.
func reopenLog(ctx context.Context, n *node.Node, log *slog.Logger) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
			if err := n.ReopenLog(); err != nil {
				log.Error("access log goes on in its old file", "error", err)
			}
		}
	}
}
