package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/warmfront/warmfront/signedurl"
)

// signFlags are the flags of `sign url` and `sign cookies`.
type signFlags struct {
	key, keyID, expires, starts, address, resource, hash string
}

func (f *signFlags) bind(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.key, "key", "", "PEM `file` with the private key")
	cmd.Flags().StringVar(&f.keyID, "key-id", "", "public key or key pair `id` (default: from the file's name, pk-ID.pem or ID.pem)")
	cmd.Flags().StringVar(&f.expires, "expires", "1h", "`when` the signature expires: a duration, a date, or Unix seconds")
	cmd.Flags().StringVar(&f.starts, "starts", "", "`when` the signature begins to be valid")
	cmd.Flags().StringVar(&f.address, "ip", "", "`network` viewers must come from, such as 192.0.2.0/24")
	cmd.Flags().StringVar(&f.resource, "resource", "", "`URL` with * and ? that the signature covers")
	cmd.Flags().StringVar(&f.hash, "hash", "SHA1", "hash `algorithm`: SHA1 or SHA256")
	cobra.CheckErr(cmd.MarkFlagRequired("key"))
}

func newSign() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sign",
		Short: "Sign URLs and cookies with a private key, offline",
	}
	cmd.AddCommand(newSignURL(), newSignCookies())
	return cmd
}

func newSignURL() *cobra.Command {
	var f signFlags
	cmd := &cobra.Command{
		Use:   "url URL...",
		Short: "Print a signed URL for each URL",
		Args:  wants("name at least one URL to sign", 1, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			signer, policy, err := f.parse(time.Now())
			if err != nil {
				return err
			}
			for _, url := range args {
				signed, err := signer.SignURL(url, policy)
				if err != nil {
					return fmt.Errorf("%s: %w", url, err)
				}
				fmt.Fprintln(cmd.OutOrStdout(), signed)
			}
			return nil
		},
	}
	f.bind(cmd)
	return cmd
}

func newSignCookies() *cobra.Command {
	var f signFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "cookies [URL]",
		Short: "Print signed cookies, as a Cookie header for curl -H @-, or as JSON",
		Long: `Prints the cookies that admit requests for URL, or for all that --resource covers:
  curl -H "$(warmfront sign cookies --key pk-APKA….pem --resource 'https://d….cloudfront.localhost/*')" …`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			signer, policy, err := f.parse(time.Now())
			if err != nil {
				return err
			}
			switch {
			case len(args) == 1 && policy.Resource == "":
				policy.Resource = args[0]
				policy.Canned = policy.Starts.IsZero() && !policy.SourceIP.IsValid()
			case len(args) == 1 || policy.Resource == "":
				return fmt.Errorf("give either a URL or --resource")
			}
			cookies, err := signer.SignCookies(policy)
			if err != nil {
				return err
			}
			if asJSON {
				values := map[string]string{}
				for _, c := range cookies {
					values[c.Name] = c.Value
				}
				return json.NewEncoder(cmd.OutOrStdout()).Encode(values)
			}
			var pairs []string
			for _, c := range cookies {
				pairs = append(pairs, c.Name+"="+c.Value)
			}
			fmt.Fprintln(cmd.OutOrStdout(), "Cookie: "+strings.Join(pairs, "; "))
			return nil
		},
	}
	f.bind(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object of names and values")
	return cmd
}

// parse reads the private key and puts the policy together.
func (f *signFlags) parse(now time.Time) (*signedurl.Signer, signedurl.Policy, error) {
	var policy signedurl.Policy
	pem, err := os.ReadFile(f.key)
	if err != nil {
		return nil, policy, err
	}
	key, err := signedurl.ParsePrivateKey(pem)
	if err != nil {
		return nil, policy, fmt.Errorf("%s: %w", f.key, err)
	}
	signer := &signedurl.Signer{KeyID: f.keyID, PrivateKey: key}
	if signer.KeyID == "" {
		if signer.KeyID = keyIDFromName(f.key); signer.KeyID == "" {
			return nil, policy, fmt.Errorf("--key-id is required: the name of %s does not hold it", f.key)
		}
	}
	switch strings.ToUpper(f.hash) {
	case "SHA1", "SHA-1":
		signer.Hash = signedurl.SHA1
	case "SHA256", "SHA-256":
		signer.Hash = signedurl.SHA256
	default:
		return nil, policy, fmt.Errorf("--hash %q: want SHA1 or SHA256", f.hash)
	}
	policy.Resource = f.resource
	if policy.Expires, err = parseTime(f.expires, now); err != nil {
		return nil, policy, fmt.Errorf("--expires: %w", err)
	}
	if f.starts != "" {
		if policy.Starts, err = parseTime(f.starts, now); err != nil {
			return nil, policy, fmt.Errorf("--starts: %w", err)
		}
	}
	if f.address != "" {
		var ok bool
		if policy.SourceIP, ok = signedurl.ParseNetwork(f.address); !ok {
			return nil, policy, fmt.Errorf("--ip %q is not an address or a network such as 192.0.2.0/24", f.address)
		}
	}
	return signer, policy, nil
}

// keyIDFromName finds the key id in CloudFront's file names: pk-APKA….pem, or K….pem.
func keyIDFromName(file string) string {
	name := strings.TrimPrefix(strings.TrimSuffix(filepath.Base(file), ".pem"), "pk-")
	if strings.HasPrefix(name, "APKA") || strings.HasPrefix(name, "K") && len(name) > 10 {
		return name
	}
	return ""
}

// parseTime reads a duration from now (1h30m, 7d), a date or date and time, or Unix seconds.
func parseTime(s string, now time.Time) (time.Time, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil {
			return now.AddDate(0, 0, n).Truncate(time.Second), nil
		}
	}
	if d, err := time.ParseDuration(s); err == nil {
		return now.Add(d).Truncate(time.Second), nil
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return time.Unix(n, 0), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a duration (1h, 7d), a date (2026-12-31, RFC 3339) or Unix seconds", s)
}
