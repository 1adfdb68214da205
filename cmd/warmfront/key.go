package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

// keyStatus is a key and what edges have seen of it, as the server's own endpoint tells it.
type keyStatus struct {
	ID           string     `json:"id"`
	Type         string     `json:"type"`
	Name         string     `json:"name"`
	Active       bool       `json:"active"`
	KeyGroups    []string   `json:"keyGroups"`
	PublicKey    string     `json:"publicKey"`
	LastSeen     *time.Time `json:"lastSeen"`
	Requests     int64      `json:"requests"`
	LatestExpiry *time.Time `json:"latestExpiry"`
	Since        *time.Time `json:"since"`
	Rotation     *struct {
		Old         string     `json:"old"`
		New         string     `json:"new"`
		Started     time.Time  `json:"started"`
		RemoveAfter *time.Time `json:"removeAfter"`
		Finished    *time.Time `json:"finished"`
	} `json:"rotation,omitempty"`
}

func newKey() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "key",
		Short: "Keys that sign URLs and cookies: what edges see of them, and their rotation",
	}
	cmd.AddCommand(newKeyStatus(), newKeyRotate())
	return cmd
}

func newKeyStatus() *cobra.Command {
	var f clientFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show when edges last saw each key, and the latest expiry among the links they saw",
		Long: `Shows what edges have seen of each public key and key pair: when last, how often within a day,
and the latest expiry among the URLs and cookies that were used. A link that nobody has used
is not seen: this is no list of what has been signed. Edges report within seconds.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := f.open()
			if err != nil {
				return err
			}
			var list struct {
				WindowSeconds int64       `json:"windowSeconds"`
				Keys          []keyStatus `json:"keys"`
			}
			if err := c.ops(cmd.Context(), "GET", "/keys", nil, &list); err != nil {
				return err
			}
			if asJSON {
				text, err := indented(list)
				fmt.Fprintf(cmd.OutOrStdout(), "%s\n", text)
				return err
			}
			return printKeys(cmd.OutOrStdout(), list.Keys, time.Duration(list.WindowSeconds)*time.Second)
		},
	}
	f.bind(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func printKeys(out io.Writer, keys []keyStatus, window time.Duration) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "ID\tTYPE\tNAME\tTRUSTED\tLAST SEEN\tREQUESTS IN %.0fh\tLATEST EXPIRY SEEN\tROTATION\n", window.Hours())
	for i := range keys {
		k := &keys[i]
		trusted := "no"
		if k.Active {
			trusted = "yes"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\n", k.ID, k.Type, k.Name, trusted, moment(k.LastSeen), k.Requests, moment(k.LatestExpiry), k.rotation())
	}
	return table.Flush()
}

// rotation says in a few words how far a rotation is.
func (k *keyStatus) rotation() string {
	r := k.Rotation
	switch {
	case r == nil:
		return ""
	case r.Finished != nil:
		return "replaced by " + r.New + " on " + moment(r.Finished)
	case r.RemoveAfter != nil:
		return "being replaced by " + r.New + ", stays until " + moment(r.RemoveAfter)
	}
	return "being replaced by " + r.New
}

// moment is a time for people, or "never".
func moment(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return t.UTC().Format(time.RFC3339)
}
