package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

// session is a temporary key as the server's own endpoint tells it.
type session struct {
	AccessKeyID     string    `json:"accessKeyId"`
	SecretAccessKey string    `json:"secretAccessKey"`
	SessionToken    string    `json:"sessionToken"`
	Expires         time.Time `json:"expires"`
	Role            string    `json:"role"`
	MadeBy          string    `json:"madeBy"`
}

// sessionRequest asks for a temporary key or for a link that gives one.
type sessionRequest struct {
	DurationSeconds int64  `json:"durationSeconds"`
	Role            string `json:"role,omitempty"`
}

// sessionFlags are what both of them can be asked for.
type sessionFlags struct {
	clientFlags
	duration time.Duration
	role     string
}

func (f *sessionFlags) bind(cmd *cobra.Command) {
	f.clientFlags.bind(cmd)
	cmd.Flags().DurationVar(&f.duration, "duration", 12*time.Hour, "how long the temporary key lasts, 15m to 36h")
	cmd.Flags().StringVar(&f.role, "role", "", "root, full or read-only (default: as the key that makes it)")
}

func (f *sessionFlags) request() sessionRequest {
	return sessionRequest{DurationSeconds: int64(f.duration / time.Second), Role: f.role}
}

func newAccessKeySession() *cobra.Command {
	var f sessionFlags
	var asJSON, asExports, asProcess bool
	cmd := &cobra.Command{
		Use:   "session",
		Short: "Make a temporary key with a session token",
		Long: `Makes a temporary key with the data directory's root key, or without one with the access key
in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY:

  eval "$(warmfront access-key session --role read-only --duration 1h --export)"

In an AWS config file: credential_process = warmfront access-key session --credential-process`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := f.open()
			if err != nil {
				return err
			}
			var s session
			if err := c.ops(cmd.Context(), "POST", "/sessions", f.request(), &s); err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			switch {
			case asJSON:
				return printJSON(out, s)
			case asProcess:
				return printJSON(out, map[string]any{
					"Version": 1, "AccessKeyId": s.AccessKeyID, "SecretAccessKey": s.SecretAccessKey,
					"SessionToken": s.SessionToken, "Expiration": s.Expires,
				})
			case asExports:
				s.printExports(out)
				return nil
			}
			return s.printTable(out)
		},
	}
	f.bind(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&asExports, "export", false, "print export lines for a shell")
	cmd.Flags().BoolVar(&asProcess, "credential-process", false, "print the JSON that AWS's credential_process reads")
	cmd.MarkFlagsMutuallyExclusive("json", "export", "credential-process")
	return cmd
}

func (s *session) printExports(w io.Writer) {
	fmt.Fprintf(w, "export AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=%s\nexport AWS_SESSION_TOKEN=%s\n",
		shellQuote(s.AccessKeyID), shellQuote(s.SecretAccessKey), shellQuote(s.SessionToken))
}

func (s *session) printTable(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "access key\t%s\nsecret\t%s\nsession token\t%s\nrole\t%s\nexpires\t%s\nmade by\t%s\n",
		s.AccessKeyID, s.SecretAccessKey, s.SessionToken, s.Role, s.Expires.Format(time.RFC3339), s.MadeBy)
	return table.Flush()
}
