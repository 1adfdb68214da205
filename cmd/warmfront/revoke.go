package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/warmfront/warmfront/signedurl"
)

// revocation is a revocation as the server's own endpoint tells it.
type revocation struct {
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
	Until   time.Time `json:"until"`
	InForce bool      `json:"inForce"`
	Cut     bool      `json:"cut"`
	Comment string    `json:"comment,omitempty"`
	Policy  *struct {
		KeyPairID string   `json:"keyPairId"`
		Resource  string   `json:"resource"`
		SHA256    []string `json:"sha256"`
	} `json:"policy,omitempty"`
	Key *struct {
		ID         string     `json:"id"`
		ExpiringBy *time.Time `json:"expiringBy,omitempty"`
	} `json:"key,omitempty"`
	Resource *struct {
		Distribution string `json:"distribution"`
		Path         string `json:"path"`
	} `json:"resource,omitempty"`
	Revision int64 `json:"revision"`
	Receipt  *struct {
		Completed *time.Time `json:"completed"`
		Edges     []struct {
			Edge         string  `json:"edge"`
			POP          string  `json:"pop"`
			Applied      int64   `json:"applied"`
			Milliseconds float64 `json:"milliseconds"`
		} `json:"edges"`
		Absent  []string `json:"absent"`
		Waiting []struct {
			Edge  string     `json:"edge"`
			Since *time.Time `json:"since"`
			Until *time.Time `json:"until"`
		} `json:"waiting"`
	} `json:"receipt,omitempty"`
}

// revokeFlags are shared by the commands that revoke.
type revokeFlags struct {
	clientFlags
	until, comment string
	cut, asJSON    bool
	wait           time.Duration
}

func newRevoke() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "revoke",
		Short: "Take back signed URLs and cookies, what a key has signed, or a path",
		Long: `Takes signed access back on every edge, before it expires:

  warmfront revoke url 'https://d….cloudfront.localhost/a?Expires=…&Key-Pair-Id=…'
  warmfront revoke key K… --expiring-by 2026-02-01 --until 2026-03-01
  warmfront revoke resource E… '/films/one/*' --until 7d

Downloads under way finish, unless --cut is given. The command returns when every live edge
refuses, and says after how many milliseconds each did, and which edges are away and may go
on admitting.`,
	}
	cmd.AddCommand(newRevokeURL(), newRevokeCookies(), newRevokeKey(), newRevokeResource(), newRevokeList(), newRevokeShow(), newRevokeDelete())
	return cmd
}

func (f *revokeFlags) command(cmd *cobra.Command, needsUntil bool) *cobra.Command {
	f.bind(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.comment, "comment", "", "`text` that explain shows to whoever asks why")
	flags.BoolVar(&f.cut, "cut", false, "cut off downloads under way")
	flags.BoolVar(&f.asJSON, "json", false, "print the revocation as JSON")
	flags.DurationVar(&f.wait, "wait", 30*time.Second, "how long to wait until every live edge refuses")
	if needsUntil {
		flags.StringVar(&f.until, "until", "", "`when` the revocation ends: a date, Unix seconds, or a duration from now")
		cobra.CheckErr(cmd.MarkFlagRequired("until"))
	}
	return cmd
}

func newRevokeURL() *cobra.Command {
	var f revokeFlags
	return f.command(&cobra.Command{
		Use:   "url URL",
		Short: "Revoke the policy of a signed URL, under any signature",
		Args:  wants("give one signed URL, between quotes", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.create(cmd, map[string]any{"policy": map[string]string{"url": withoutSignature(args[0])}})
		},
	}, false)
}

func newRevokeCookies() *cobra.Command {
	var f revokeFlags
	return f.command(&cobra.Command{
		Use:   "cookies URL COOKIES",
		Short: "Revoke the policy of signed cookies, given as in a Cookie header",
		Long: `Revokes the policy of signed cookies, given as in a Cookie header. URL is any URL of the
distribution; of cookies with a canned policy it is the one they are for.`,
		Args: wants("give a URL and the cookies, each between quotes", 2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			var kept []string
			for part := range strings.SplitSeq(args[1], ";") {
				if !strings.HasPrefix(strings.TrimSpace(part), "CloudFront-Signature=") {
					kept = append(kept, part)
				}
			}
			return f.create(cmd, map[string]any{"policy": map[string]string{"url": args[0], "cookie": strings.Join(kept, ";")}})
		},
	}, false)
}

func newRevokeKey() *cobra.Command {
	var f revokeFlags
	var by string
	cmd := f.command(&cobra.Command{
		Use:   "key ID",
		Short: "Revoke what a public key or key pair has signed",
		Args:  wants("name one key by its id, K… or APKA…", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			key := map[string]any{"id": args[0]}
			if by != "" {
				at, err := parseTime(by, time.Now())
				if err != nil {
					return fmt.Errorf("--expiring-by: %w", err)
				}
				key["expiringBy"] = at.UTC()
			}
			return f.create(cmd, map[string]any{"key": key})
		},
	}, true)
	cmd.Flags().StringVar(&by, "expiring-by", "", "only what expires at this `date` or before")
	return cmd
}

func newRevokeResource() *cobra.Command {
	var f revokeFlags
	return f.command(&cobra.Command{
		Use:   "resource DISTRIBUTION PATH",
		Short: "Revoke a path of a distribution, or with a final * all that begin so",
		Args:  wants("name a distribution and a path such as '/films/one/*'", 2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.create(cmd, map[string]any{"resource": map[string]string{"distribution": args[0], "path": args[1]}})
		},
	}, true)
}

// withoutSignature leaves out the parameter that revoking does not need. What is kept of a
// URL's other text is kept as it is.
func withoutSignature(signed string) string {
	base, query, found := strings.Cut(signed, "?")
	if _, has := signedurl.StripQuery(query); !found || !has {
		return signed
	}
	var kept []string
	for part := range strings.SplitSeq(query, "&") {
		if !strings.HasPrefix(part, "Signature=") {
			kept = append(kept, part)
		}
	}
	return base + "?" + strings.Join(kept, "&")
}

// create makes a revocation, waits for the edges, and prints it.
func (f *revokeFlags) create(cmd *cobra.Command, in map[string]any) error {
	c, err := f.open()
	if err != nil {
		return err
	}
	if f.until != "" {
		until, err := parseTime(f.until, time.Now())
		if err != nil {
			return fmt.Errorf("--until: %w", err)
		}
		in["until"] = until.UTC()
	}
	in["cut"], in["comment"] = f.cut, f.comment
	var r revocation
	if err := c.ops(cmd.Context(), "POST", "/revocations", in, &r); err != nil {
		return err
	}
	waited := c.await(cmd.Context(), &r, f.wait)
	if err := printRevocation(cmd.OutOrStdout(), &r, f.asJSON); err != nil {
		return err
	}
	return waited
}

// await asks until every live edge refuses; each question waits for them.
func (c *client) await(ctx context.Context, r *revocation, most time.Duration) error {
	for deadline := time.Now().Add(most); !r.InForce; {
		if time.Now().After(deadline) {
			return errors.New("not every edge has reported yet: `warmfront revoke show " + r.ID + "` tells when")
		}
		if err := c.ops(ctx, "GET", "/revocations/"+r.ID, nil, r); err != nil {
			return err
		}
	}
	return nil
}

func printRevocation(out io.Writer, r *revocation, asJSON bool) error {
	if asJSON {
		text, err := indented(r)
		fmt.Fprintf(out, "%s\n", text)
		return err
	}
	fmt.Fprintf(out, "%s  %s, until %s\n", r.ID, r.what(), r.Until.Format(time.RFC3339))
	if r.Comment != "" {
		fmt.Fprintf(out, "  %s\n", r.Comment)
	}
	if r.Receipt == nil {
		return nil
	}
	for _, e := range r.Receipt.Edges {
		fmt.Fprintf(out, "  in force on %s (%s) after %.1f ms\n", e.Edge, e.POP, e.Milliseconds)
	}
	for _, e := range r.Receipt.Waiting {
		end := "for as long as it does not return; if it never will: `warmfront edges forget " + e.Edge + "`"
		if e.Until != nil {
			end = "until " + stamp(e.Until) + " at the latest, unless it returns before"
		}
		fmt.Fprintf(out, "  %s is away since %s: it may admit %s\n", e.Edge, stamp(e.Since), end)
	}
	return nil
}

// what says in a few words what is revoked.
func (r *revocation) what() string {
	cut := ""
	if r.Cut {
		cut = ", downloads cut off"
	}
	switch {
	case r.Policy != nil:
		return "policy for " + r.Policy.Resource + " by " + r.Policy.KeyPairID + cut
	case r.Key != nil && r.Key.ExpiringBy != nil:
		return "key " + r.Key.ID + ", what expires by " + r.Key.ExpiringBy.Format(time.RFC3339) + cut
	case r.Key != nil:
		return "key " + r.Key.ID + cut
	case r.Resource != nil:
		return "path " + r.Resource.Path + " of " + r.Resource.Distribution + cut
	}
	return "something this command does not know" + cut
}
