package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/warmfront/warmfront/internal/edge"
	"github.com/warmfront/warmfront/signedurl"
)

// exitError ends the program with a status other than 1.
type exitError struct {
	status int
	err    error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// explainFlags are the flags of `explain`.
type explainFlags struct {
	clientFlags
	server, asJSON              bool
	keys, hosts, headers        []string
	cookies, setCookies         []string
	at, address, method, origin string
	requestID                   string
}

func newExplain() *cobra.Command {
	var f explainFlags
	cmd := &cobra.Command{
		Use:   "explain {URL | --request-id ID}",
		Short: "Tell why a signed URL or signed cookies are admitted or refused",
		Long: `Takes every step of the edge with a signed URL, or with a URL and cookies, and says how each
ends, what is wrong and what to do. It asks a running server (--server), or works offline
with the public keys given (--public-key); with neither it checks all but the signature.

  warmfront explain 'https://d….cloudfront.localhost/a?Expires=…&Signature=…&Key-Pair-Id=…' --server
  warmfront explain URL --public-key rsa-APKA….pem --cookie 'CloudFront-Policy=…; …'

With --request-id, the X-Amz-Cf-Id of a refusal, it tells what the server remembers of it.

The status is 0 when the request is admitted, 1 when it is refused, and 2 when that cannot be
told or the command is used wrongly.`,
		Args: func(_ *cobra.Command, args []string) error {
			if f.requestID != "" && len(args) == 0 {
				return nil
			}
			if len(args) != 1 || f.requestID != "" {
				return usage(fmt.Errorf("explain takes one URL, between quotes, and got %d arguments", len(args)))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.requestID != "" {
				return f.remembered(cmd)
			}
			return f.run(cmd, args[0])
		},
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	f.bind(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.requestID, "request-id", "", "`ID` of a request that the running server refused lately")
	flags.BoolVar(&f.server, "server", false, "ask the running server")
	flags.StringArrayVar(&f.keys, "public-key", nil, "PEM `file` with a public key that is trusted, or ID=file; repeatable")
	flags.StringArrayVar(&f.cookies, "cookie", nil, "`cookies` as in a Cookie header; repeatable")
	flags.StringVar(&f.at, "at", "", "`when` the request is made: a date, Unix seconds, or a duration from now (default: now)")
	flags.StringVar(&f.address, "ip", "", "IP `address` of the viewer")
	flags.BoolVar(&f.asJSON, "json", false, "print the report as JSON")
	flags.StringArrayVar(&f.hosts, "host", nil, "another `host` that may have been signed, such as the bucket's; repeatable")
	flags.StringArrayVar(&f.setCookies, "set-cookie", nil, "Set-Cookie `field` as the application sent it; repeatable")
	flags.StringVar(&f.origin, "set-from", "", "`URL` of the application that set the cookies")
	flags.StringVar(&f.method, "method", "GET", "HTTP `method` (with --server)")
	flags.StringArrayVar(&f.headers, "header", nil, "`\"name: value\"` of a header field (with --server); repeatable")
	return cmd
}

func usage(err error) error { return &exitError{2, err} }

func (f *explainFlags) run(cmd *cobra.Command, url string) error {
	at, viewer, err := f.when(time.Now())
	if err != nil {
		return usage(err)
	}
	if f.server && len(f.keys) > 0 {
		return usage(errors.New("give either --server or --public-key"))
	}
	var x *edge.Explanation
	if f.server {
		x, err = f.ask(cmd, url)
	} else {
		x, err = f.offline(url, at, viewer)
	}
	if err != nil {
		return usage(err)
	}
	out := cmd.OutOrStdout()
	if f.asJSON {
		var text []byte
		if f.server {
			text, err = indented(x)
		} else {
			text, err = indented(x.Report)
		}
		if err != nil {
			return usage(err)
		}
		fmt.Fprintf(out, "%s\n", text)
	} else {
		fmt.Fprint(out, explanationText(x, f.server, len(f.keys) > 0))
	}
	switch x.Verdict {
	case signedurl.Admitted, edge.Public:
		return nil
	case signedurl.Undecided:
		return &exitError{2, errReported}
	}
	return &exitError{1, errReported}
}

// indented is JSON for people, without escapes for HTML.
func indented(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

func (f *explainFlags) when(now time.Time) (at time.Time, viewer netip.Addr, err error) {
	at = now
	if f.at != "" {
		if at, err = parseTime(f.at, now); err != nil {
			return at, viewer, fmt.Errorf("--at: %w", err)
		}
	}
	if f.address != "" {
		if viewer, err = netip.ParseAddr(f.address); err != nil {
			return at, viewer, fmt.Errorf("--ip %q is not an IP address", f.address)
		}
	}
	return at, viewer, nil
}

func (f *explainFlags) cookie() string {
	cookies := make([]string, len(f.cookies))
	for i, c := range f.cookies {
		c = strings.TrimSpace(c)
		if len(c) > 7 && strings.EqualFold(c[:7], "cookie:") {
			c = c[7:]
		}
		cookies[i] = strings.Trim(c, "; ")
	}
	return strings.Join(cookies, "; ")
}

// ask asks the running server.
func (f *explainFlags) ask(cmd *cobra.Command, url string) (*edge.Explanation, error) {
	c, err := f.open()
	if err != nil {
		return nil, err
	}
	in := map[string]any{"url": url, "method": f.method, "cookie": f.cookie(), "address": f.address, "setCookies": f.setCookies, "setFrom": f.origin}
	if f.at != "" {
		at, _, err := f.when(time.Now())
		if err != nil {
			return nil, err
		}
		in["time"] = at.UTC()
	}
	headers := map[string]string{}
	for _, h := range f.headers {
		name, value, ok := strings.Cut(h, ":")
		if !ok {
			return nil, fmt.Errorf("--header %q: want “name: value”", h)
		}
		headers[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	in["headers"] = headers
	var x edge.Explanation
	return &x, c.ops(cmd.Context(), "POST", "/explain", in, &x)
}
