package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

// keyPair is a legacy CloudFront key pair as the server's own endpoint tells it.
type keyPair struct {
	ID      string    `json:"id"`
	Active  bool      `json:"active"`
	Created time.Time `json:"created"`
}

func newKeypair() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keypair",
		Short: "CloudFront key pairs of the account (trusted signer self)",
		Long: `Key pairs sign URLs for distributions whose trusted signer is "self". At most two may be
active. The private half is made here and never leaves this machine.`,
	}
	cmd.AddCommand(newKeypairCreate(), newKeypairList(),
		newKeypairChange("deactivate", "Stop admitting a key pair's signatures", func(c *client, cmd *cobra.Command, id string) error {
			return c.ops(cmd.Context(), "PATCH", "/key-pairs/"+id, map[string]bool{"active": false}, nil)
		}),
		newKeypairChange("activate", "Admit a deactivated key pair's signatures again", func(c *client, cmd *cobra.Command, id string) error {
			return c.ops(cmd.Context(), "PATCH", "/key-pairs/"+id, map[string]bool{"active": true}, nil)
		}),
		newKeypairChange("delete", "Delete a key pair that is not active", func(c *client, cmd *cobra.Command, id string) error {
			return c.ops(cmd.Context(), "DELETE", "/key-pairs/"+id, nil, nil)
		}))
	return cmd
}

func newKeypairCreate() *cobra.Command {
	var f clientFlags
	var out string
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Create a key pair and write its two files",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := f.open()
			if err != nil {
				return err
			}
			if err := os.MkdirAll(out, 0o755); err != nil {
				return err
			}
			private, public, err := newRSAKeyPair()
			if err != nil {
				return err
			}
			var pair keyPair
			if err := c.ops(cmd.Context(), "POST", "/key-pairs", map[string]string{"publicKey": string(public)}, &pair); err != nil {
				return err
			}
			// The files bear CloudFront's own names.
			privateFile := filepath.Join(out, "pk-"+pair.ID+".pem")
			if err := errors.Join(writeNew(privateFile, private, 0o600), writeNew(filepath.Join(out, "rsa-"+pair.ID+".pem"), public, 0o644)); err != nil {
				// A key pair whose private half is lost is of no use.
				drop := c.ops(cmd.Context(), "PATCH", "/key-pairs/"+pair.ID, map[string]bool{"active": false}, nil)
				return errors.Join(err, drop, c.ops(cmd.Context(), "DELETE", "/key-pairs/"+pair.ID, nil, nil))
			}
			fmt.Fprintln(cmd.OutOrStdout(), pair.ID)
			fmt.Fprintf(cmd.ErrOrStderr(), "private key in %s: keep it safe, the server never has it\n", privateFile)
			return nil
		},
	}
	f.bind(cmd)
	cmd.Flags().StringVar(&out, "out", ".", "`directory` for pk-ID.pem and rsa-ID.pem")
	return cmd
}

func newKeypairList() *cobra.Command {
	var f clientFlags
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the account's key pairs",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := f.open()
			if err != nil {
				return err
			}
			var list struct {
				KeyPairs []keyPair `json:"keyPairs"`
			}
			if err := c.ops(cmd.Context(), "GET", "/key-pairs", nil, &list); err != nil {
				return err
			}
			table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "ID\tSTATUS\tCREATED")
			for _, p := range list.KeyPairs {
				status := "Inactive"
				if p.Active {
					status = "Active"
				}
				fmt.Fprintf(table, "%s\t%s\t%s\n", p.ID, status, p.Created.Format(time.RFC3339))
			}
			return table.Flush()
		},
	}
	f.bind(cmd)
	return cmd
}

func newKeypairChange(use, short string, change func(*client, *cobra.Command, string) error) *cobra.Command {
	var f clientFlags
	cmd := &cobra.Command{
		Use:   use + " ID",
		Short: short,
		Args:  wants("name one key pair by its id; `warmfront keypair list` shows them", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := f.open()
			if err != nil {
				return err
			}
			return change(c, cmd, args[0])
		},
	}
	f.bind(cmd)
	return cmd
}

// newRSAKeyPair makes an RSA-2048 key pair, as CloudFront does: PKCS #1 and SPKI, in PEM.
func newRSAKeyPair() (private, public []byte, err error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, nil, err
	}
	spki, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, nil, err
	}
	private = pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	return private, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}), nil
}

// writeNew creates a file that must not exist yet.
func writeNew(name string, data []byte, perm fs.FileMode) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}
