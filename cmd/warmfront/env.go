package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func newEnv() *cobra.Command {
	var f clientFlags
	cmd := &cobra.Command{
		Use:   "env",
		Short: "Print export lines that point AWS tools at the server",
		Long: `Prints shell export lines for AWS_ENDPOINT_URL, the root access key, the region and the
local CA's root certificate: eval "$(warmfront env)". The AWS CLI before 2.13 ignores
AWS_ENDPOINT_URL; pass it --endpoint-url "$AWS_ENDPOINT_URL".`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := f.open()
			if err != nil {
				return err
			}
			key, err := c.dir.RootKey()
			if err != nil {
				return err
			}
			for _, line := range [][2]string{
				{"AWS_ENDPOINT_URL", c.endpoints.API},
				{"AWS_ACCESS_KEY_ID", key.AccessKeyID},
				{"AWS_SECRET_ACCESS_KEY", key.SecretAccessKey},
				{"AWS_REGION", c.endpoints.Region},
				{"AWS_DEFAULT_REGION", c.endpoints.Region}, // for the AWS CLI 1
				{"WARMFRONT_CA", c.dir.RootCA()},
			} {
				fmt.Fprintf(cmd.OutOrStdout(), "export %s=%s\n", line[0], shellQuote(line[1]))
			}
			return nil
		},
	}
	f.bind(cmd)
	return cmd
}

// shellQuote quotes s for a POSIX shell if it needs quoting.
func shellQuote(s string) string {
	if s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=+@%", r))
	}) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
