package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

// accessKey is an access key as the server's own endpoint tells it.
type accessKey struct {
	ID          string     `json:"id"`
	Role        string     `json:"role"`
	Status      string     `json:"status"`
	Description string     `json:"description"`
	Created     *time.Time `json:"created,omitempty"`
	Ends        *time.Time `json:"ends,omitempty"`
	ReplacedBy  string     `json:"replacedBy,omitempty"`
	Replaces    string     `json:"replaces,omitempty"`
	Secret      string     `json:"secretAccessKey,omitempty"`
}

func newAccessKey() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "access-key",
		Short: "Access keys for the management API, the store and the console",
		Long: `Access keys besides the root key: full ones, and read-only ones that may call what only
reads. Deactivating or deleting a key is in force on every node at once, for its temporary
keys, too.`,
	}
	cmd.AddCommand(newAccessKeyCreate(), newAccessKeyList(), newAccessKeyRotate(),
		newAccessKeyChange("deactivate", "Refuse an access key and its temporary keys from now on", "PATCH", map[string]bool{"active": false}),
		newAccessKeyChange("activate", "Admit a deactivated access key again", "PATCH", map[string]bool{"active": true}),
		newAccessKeyChange("delete", "Delete an access key", "DELETE", nil),
		newAccessKeySession())
	return cmd
}

func newAccessKeyCreate() *cobra.Command {
	var f clientFlags
	var asJSON bool
	var in struct {
		Role        string `json:"role"`
		Description string `json:"description"`
	}
	cmd := &cobra.Command{
		Use:   "create --role full|read-only",
		Short: "Make an access key; its secret is printed this once",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.printNewKey(cmd, "/access-keys", in, asJSON)
		},
	}
	f.bind(cmd)
	cmd.Flags().StringVar(&in.Role, "role", "", "full or read-only (required)")
	cobra.CheckErr(cmd.MarkFlagRequired("role"))
	cmd.Flags().StringVar(&in.Description, "description", "", "what the key is for")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func newAccessKeyRotate() *cobra.Command {
	var f clientFlags
	var asJSON bool
	var grace time.Duration
	cmd := &cobra.Command{
		Use:   "rotate ID",
		Short: "Make an access key's successor; the old one is admitted for --grace more",
		Long: `Makes an access key's successor of the same role; the old one is admitted for --grace more. The
root key rotates itself: the server writes the new one to root.env of its data directory.`,
		Args: wants("name one access key by its id; `warmfront access-key list` shows them", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in := map[string]int64{"graceSeconds": int64(grace / time.Second)}
			return f.printNewKey(cmd, "/access-keys/"+args[0]+"/rotate", in, asJSON)
		},
	}
	f.bind(cmd)
	cmd.Flags().DurationVar(&grace, "grace", 24*time.Hour, "how long the old key is still admitted")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// printNewKey posts a request that makes a key and prints the key with its secret.
func (f *clientFlags) printNewKey(cmd *cobra.Command, path string, in any, asJSON bool) error {
	c, err := f.open()
	if err != nil {
		return err
	}
	var k accessKey
	if err := c.ops(cmd.Context(), "POST", path, in, &k); err != nil {
		return err
	}
	if asJSON {
		return printJSON(cmd.OutOrStdout(), k)
	}
	table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "access key\t%s\nsecret\t%s\nrole\t%s\n", k.ID, k.Secret, k.Role)
	if k.Replaces != "" {
		fmt.Fprintf(table, "replaces\t%s\n", k.Replaces)
	}
	if k.Role == "root" {
		fmt.Fprintln(cmd.ErrOrStderr(), "root.env of the server's data directory has been rewritten; where the old key was exported: eval \"$(warmfront env)\"")
	} else {
		fmt.Fprintln(cmd.ErrOrStderr(), "the secret is shown this once: keep it safe")
	}
	return table.Flush()
}

func newAccessKeyList() *cobra.Command {
	var f clientFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the access keys, without their secrets",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := f.open()
			if err != nil {
				return err
			}
			var list struct {
				AccessKeys []accessKey `json:"accessKeys"`
			}
			if err := c.ops(cmd.Context(), "GET", "/access-keys", nil, &list); err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), list)
			}
			table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "ID\tROLE\tSTATUS\tCREATED\tENDS\tDESCRIPTION")
			for _, k := range list.AccessKeys {
				fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.Role, k.Status, stamp(k.Created), stamp(k.Ends), k.Description)
			}
			return table.Flush()
		},
	}
	f.bind(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func newAccessKeyChange(use, short, method string, in any) *cobra.Command {
	var f clientFlags
	cmd := &cobra.Command{
		Use:   use + " ID",
		Short: short,
		Args:  wants("name one access key by its id; `warmfront access-key list` shows them", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := f.open()
			if err != nil {
				return err
			}
			return c.ops(cmd.Context(), method, "/access-keys/"+args[0], in, nil)
		},
	}
	f.bind(cmd)
	return cmd
}

// stamp is a time for a table.
func stamp(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
