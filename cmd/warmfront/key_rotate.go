package main

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/warmfront/warmfront/signedurl"
)

// rotateFlags are the flags of `key rotate`.
type rotateFlags struct {
	clientFlags
	out, publicKey, removeAfter string
	force, watch                bool
}

func newKeyRotate() *cobra.Command {
	var f rotateFlags
	cmd := &cobra.Command{
		Use:   "rotate ID",
		Short: "Replace a key without breaking the links it has signed",
		Long: `Makes a new key that is trusted wherever the old one is, and tells what to deploy. The old key
stays until the date of --remove-after; run the command again, or leave it running with
--watch, to see what is still signed with it and to remove it when that date has come. Every
step can be repeated: running it again goes on.

  warmfront key rotate K2JCJMDEHXQW5F --out keys --remove-after 30d
  warmfront key rotate K2JCJMDEHXQW5F --watch

Of links that nobody uses nothing is seen: choose a date that all you have handed out respects.
The old key is taken out of its key groups, or its key pair deactivated; it is not deleted.`,
		Args: wants("name one key by its id, K… or APKA…; `warmfront key status` shows them", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	f.bind(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.out, "out", ".", "`directory` for the new key's pk-ID.pem and rsa-ID.pem")
	flags.StringVar(&f.publicKey, "public-key", "", "PEM `file` of the new public key, if its private half is made elsewhere")
	flags.StringVar(&f.removeAfter, "remove-after", "", "`when` the old key may be removed: a date, or a duration from now")
	flags.BoolVar(&f.force, "force", false, "remove the old key now")
	flags.BoolVar(&f.watch, "watch", false, "go on until the old key is removed")
	return cmd
}

func (f *rotateFlags) run(cmd *cobra.Command, id string) error {
	c, err := f.open()
	if err != nil {
		return err
	}
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	var k keyStatus
	if err := c.ops(ctx, "GET", keyPath(id), nil, &k); err != nil {
		return err
	}
	if err := f.begin(ctx, c, &k); err != nil {
		return err
	}
	f.instruct(out, &k)
	for {
		if err := c.finish(ctx, out, &k, f.force); err != nil || k.Rotation.Finished != nil || !f.watch {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(10 * time.Second):
		}
		if err := c.ops(ctx, "GET", keyPath(id), nil, &k); err != nil {
			return err
		}
	}
}

func keyPath(id string) string { return "/keys/" + url.PathEscape(id) }

// begin makes the new key, or goes on with a rotation under way.
func (f *rotateFlags) begin(ctx context.Context, c *client, k *keyStatus) error {
	in := map[string]any{}
	if f.removeAfter != "" {
		at, err := parseTime(f.removeAfter, time.Now())
		if err != nil {
			return fmt.Errorf("--remove-after: %w", err)
		}
		in["removeAfter"] = at.UTC()
	}
	under := k.Rotation != nil && k.Rotation.Finished == nil
	waiting := filepath.Join(f.out, "pk-replacing-"+k.ID+".pem")
	if !under {
		public, err := f.newPublicKey(waiting)
		if err != nil {
			return err
		}
		in["publicKey"] = string(public)
	}
	if len(in) > 0 {
		if err := c.ops(ctx, "POST", keyPath(k.ID)+"/rotation", in, k); err != nil {
			return err
		}
	}
	return f.settle(ctx, c, k, waiting)
}

// newPublicKey is the one given, or that of a private key which is kept under a name of its own
// until the id is known: should this end half-way, the next run finds it.
func (f *rotateFlags) newPublicKey(waiting string) ([]byte, error) {
	if f.publicKey != "" {
		return os.ReadFile(f.publicKey)
	}
	if public, err := publicOf(waiting); !errors.Is(err, fs.ErrNotExist) {
		return public, err
	}
	if err := os.MkdirAll(f.out, 0o755); err != nil {
		return nil, err
	}
	private, public, err := newRSAKeyPair()
	if err != nil {
		return nil, err
	}
	return public, writeNew(waiting, private, 0o600)
}

// publicOf is the public half of a private key's file.
func publicOf(name string) ([]byte, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	key, err := signedurl.ParsePrivateKey(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return publicPEM(key.Public())
}

func publicPEM(key crypto.PublicKey) ([]byte, error) {
	spki, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}), nil
}

// settle gives the new private key CloudFront's name for its file, once the id is known.
func (f *rotateFlags) settle(ctx context.Context, c *client, k *keyStatus, waiting string) error {
	public, err := publicOf(waiting)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var replacement keyStatus
	if err := c.ops(ctx, "GET", keyPath(k.Rotation.New), nil, &replacement); err != nil {
		return err
	}
	if strings.TrimSpace(replacement.PublicKey) != strings.TrimSpace(string(public)) {
		return fmt.Errorf("%s is not the private key of %s: move it away", waiting, replacement.ID)
	}
	final := filepath.Join(f.out, "pk-"+replacement.ID+".pem")
	if _, err := os.Stat(final); err == nil {
		return fmt.Errorf("%s is there already", final)
	}
	if err := os.Rename(waiting, final); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(f.out, "rsa-"+replacement.ID+".pem"), public, 0o644)
}

// instruct says what to deploy.
func (f *rotateFlags) instruct(out io.Writer, k *keyStatus) {
	r := k.Rotation
	if r.Finished != nil {
		return
	}
	file := filepath.Join(f.out, "pk-"+r.New+".pem")
	if _, err := os.Stat(file); err != nil {
		file = "its private key, which is not in " + f.out
	}
	fmt.Fprintf(out, "%s is replaced by %s: both are trusted since %s.\n", k.ID, r.New, moment(&r.Started))
	fmt.Fprintf(out, "Deploy to whatever signs: Key-Pair-Id %s with %s.\n", r.New, file)
}

// finish says what is still seen of the old key and removes it, if that may be.
func (c *client) finish(ctx context.Context, out io.Writer, k *keyStatus, force bool) error {
	r := k.Rotation
	var replacement keyStatus
	if err := c.ops(ctx, "GET", keyPath(r.New), nil, &replacement); err != nil {
		return err
	}
	for _, key := range []*keyStatus{k, &replacement} {
		fmt.Fprintf(out, "%s  %s: last seen %s, %d requests in 24h, latest expiry seen %s\n", time.Now().UTC().Format(time.TimeOnly), key.ID, moment(key.LastSeen), key.Requests, moment(key.LatestExpiry))
	}
	due := r.RemoveAfter != nil && !time.Now().Before(*r.RemoveAfter)
	if r.Finished == nil && !due && !force {
		k.waits(out)
		return nil
	}
	if err := c.ops(ctx, "POST", keyPath(k.ID)+"/rotation/finish", map[string]bool{"force": force}, k); err != nil {
		if !force && strings.HasPrefix(err.Error(), "RotationNotDue") {
			k.waits(out) // by the server's clock
			return nil
		}
		return err
	}
	fmt.Fprintf(out, "%s is trusted no more, since %s. It is kept: what it was part of can take it back.\n", k.ID, moment(k.Rotation.Finished))
	return nil
}

// waits says what the old key stays for.
func (k *keyStatus) waits(out io.Writer) {
	r := k.Rotation
	if r.RemoveAfter == nil {
		fmt.Fprintf(out, "%s stays. Set a date with --remove-after when all it has signed will have expired, or remove it with --force.\n", k.ID)
		return
	}
	fmt.Fprintf(out, "%s stays until %s; run this again then.\n", k.ID, moment(r.RemoveAfter))
	if k.LatestExpiry != nil && k.LatestExpiry.After(*r.RemoveAfter) {
		fmt.Fprintf(out, "Links have been seen that expire later, at %s: they will break.\n", moment(k.LatestExpiry))
	}
}
