package main

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/warmfront/warmfront/signedurl"
)

func newShare() *cobra.Command {
	var f clientFlags
	var bucket, keyDir, expires string
	cmd := &cobra.Command{
		Use:   "share FILE...",
		Short: "Upload files and print a signed URL for each: the whole recipe at once",
		Long: `Creates a private bucket, an origin access control with its bucket policy, a key, a key
group and a distribution (or reuses those made before), uploads the files (directories
recursively) and prints one signed URL per file on standard output.`,
		Args: wants("name at least one file or directory to share", 1, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			until, err := parseTime(expires, time.Now())
			if err != nil {
				return fmt.Errorf("--expires: %w", err)
			}
			files, err := collectFiles(args)
			if err != nil {
				return err
			}
			c, err := f.open()
			if err != nil {
				return err
			}
			if err := c.ping(cmd.Context()); err != nil {
				return err
			}
			r := &recipe{client: c, bucket: bucket, keyDir: keyDir, notes: cmd.ErrOrStderr()}
			if err := r.prepare(cmd.Context()); err != nil {
				return err
			}
			if err := upload(cmd.Context(), c.s3(), bucket, files, cmd.ErrOrStderr()); err != nil {
				return err
			}
			if err := r.wait(cmd.Context()); err != nil {
				return err
			}
			for _, file := range files {
				signed, err := r.signer.SignURL(r.url(file.key), signedurl.Policy{Expires: until})
				if err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), signed)
			}
			return nil
		},
	}
	f.bind(cmd)
	cmd.Flags().StringVar(&bucket, "bucket", "warmfront-share", "`name` of the bucket")
	cmd.Flags().StringVar(&keyDir, "key-dir", "", "`directory` of the private key (default: the user's configuration directory)")
	cmd.Flags().StringVar(&expires, "expires", "24h", "`when` the URLs expire: a duration, a date, or Unix seconds")
	return cmd
}

// url is the unsigned URL of a key on the recipe's distribution.
func (r *recipe) url(key string) string {
	host := r.domain
	if u, err := url.Parse(r.client.endpoints.HTTPS); err == nil && u.Port() != "" && u.Port() != "443" {
		host += ":" + u.Port()
	}
	segments := strings.Split(key, "/")
	for i := range segments {
		segments[i] = url.PathEscape(segments[i])
	}
	return "https://" + host + "/" + strings.Join(segments, "/")
}
