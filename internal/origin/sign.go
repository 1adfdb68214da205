package origin

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsv4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const (
	emptyPayload    = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	unsignedPayload = "UNSIGNED-PAYLOAD"
)

func newSigner() *awsv4.Signer {
	return awsv4.NewSigner(func(o *awsv4.SignerOptions) {
		o.DisableURIPathEscaping = true // S3's rule: the path is escaped once, not twice
		o.DisableHeaderHoisting = true
	})
}

// sign signs req as its origin says, with AWS Signature Version 4 for the service s3. The
// signature covers Host and the x-amz-* fields; bodies are streamed and stay unsigned.
//
// The canonical URI is the path decoded once and escaped AWS's way, as S3 servers compute it
// from any spelling of a key; it equals the path sent whenever that is so escaped already.
func (c *Client) sign(ctx context.Context, o *Origin, req *http.Request, to route, target string) error {
	if !o.S3 || o.Signing == NoSigning || o.Credentials.AccessKeyID == "" {
		return nil
	}
	if o.Signing == SignNoOverride && req.Header.Get("Authorization") != "" {
		return nil
	}
	payload := emptyPayload
	if req.Body != http.NoBody {
		payload = unsignedPayload
	}
	for _, name := range []string{"Authorization", "X-Amz-Date", "X-Amz-Security-Token"} {
		req.Header.Del(name)
	}
	req.Header.Set("X-Amz-Content-Sha256", payload)

	// The signer rewrites the query and signs every field it finds: give it a likeness.
	path, query, _ := strings.Cut(target, "?")
	likeness := &http.Request{
		Method: req.Method,
		Host:   req.Host,
		URL:    &url.URL{Scheme: to.scheme, Host: req.Host, Opaque: "//" + req.Host + canonicalPath(path), RawQuery: plainQuery(query)},
		Header: http.Header{},
	}
	for name, values := range req.Header {
		if strings.HasPrefix(name, "X-Amz-") {
			likeness.Header[name] = values
		}
	}
	cred := aws.Credentials{AccessKeyID: o.Credentials.AccessKeyID, SecretAccessKey: o.Credentials.SecretAccessKey, SessionToken: o.Credentials.SessionToken}
	if err := c.signer.SignHTTP(ctx, cred, likeness, payload, "s3", to.region, c.opts.Now()); err != nil {
		return fmt.Errorf("sign the request: %w", err)
	}
	for _, name := range []string{"Authorization", "X-Amz-Date", "X-Amz-Security-Token"} {
		if v := likeness.Header.Get(name); v != "" {
			req.Header.Set(name, v)
		}
	}
	return nil
}

// canonicalPath decodes a raw path once and escapes every byte but the unreserved characters
// and slashes (Amazon S3 API Reference, "Create a signed request").
func canonicalPath(path string) string {
	decoded, err := url.PathUnescape(path)
	if err != nil {
		return path
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(decoded) {
		switch c := decoded[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '.', c == '_', c == '~', c == '/':
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}

// plainQuery escapes a raw query so that net/url reads every pair of it: it would drop those
// with a semicolon, which to S3 is a character like any other.
func plainQuery(raw string) string {
	var b strings.Builder
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		name, value, _ := strings.Cut(pair, "=")
		b.WriteString(reescape(name) + "=" + reescape(value))
	}
	return b.String()
}

func reescape(s string) string {
	if decoded, err := url.QueryUnescape(s); err == nil {
		s = decoded
	}
	return url.QueryEscape(s)
}
