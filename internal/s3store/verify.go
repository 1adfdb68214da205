package s3store

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/valyala/fasthttp"
	"github.com/versity/versitygw/s3api/utils"

	"github.com/warmfront/warmfront/internal/sigv4"
)

// authenticate finds out who is calling and proves it. A request without a
// signature is anonymous, which is for authorize to judge; one with a bad
// signature is refused, never treated as anonymous.
func (c *call) authenticate() error {
	if c.op == &preflight {
		return nil
	}
	if err := c.checkHashHeader(); err != nil {
		return err
	}
	r := c.signedRequest()
	a, err := sigv4.Parse(r)
	if errors.Is(err, sigv4.ErrMissing) {
		// The controllers deny anonymous callers some things, such as overriding response headers.
		utils.ContextKeyPublicBucket.Set(c, true)
		return c.refuseForeignQuery()
	}
	if err != nil {
		return c.signatureError(a, "", c.now, err)
	}
	if a.Service != "s3" {
		return fail(http.StatusBadRequest, "AuthorizationHeaderMalformed",
			fmt.Sprintf("The authorization header is malformed; incorrect service %q. This endpoint belongs to \"s3\".", a.Service))
	}
	identity, err := c.front.ids.ByAccessKey(c.RequestCtx(), a.AccessKeyID, a.SessionToken)
	if err != nil {
		return keyError(a, err)
	}
	now := c.now
	if a.Form == sigv4.HeaderV4 {
		now = c.front.o.Real()
	}
	if err := a.Verify(r, identity.SecretAccessKey, "", now); err != nil {
		return c.signatureError(a, identity.AccessKeyID, now, err)
	}
	c.auth, c.identity = a, identity
	return nil
}

// keyError puts a key that is not admitted into S3's words (Amazon S3 API Reference, "Error
// responses").
func keyError(a *sigv4.Auth, err error) error {
	switch {
	case errors.Is(err, ErrUnknownKey):
		return fail(http.StatusForbidden, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.",
			field{"AWSAccessKeyId", a.AccessKeyID})
	case errors.Is(err, ErrInvalidToken):
		return fail(http.StatusBadRequest, "InvalidToken", "The provided token is malformed or otherwise invalid.")
	case errors.Is(err, ErrExpiredToken):
		return fail(http.StatusBadRequest, "ExpiredToken", "The provided token has expired.")
	case errors.Is(err, ErrUnavailable):
		return fail(http.StatusServiceUnavailable, "ServiceUnavailable", "Access keys cannot be looked up at the moment; try again.")
	}
	return err
}

// refuseForeignQuery refuses an unsigned request whose query looks like a
// CloudFront signed URL: it was meant for an edge.
func (c *call) refuseForeignQuery() error {
	if c.has("Signature") || c.has("AWSAccessKeyId") {
		return fail(http.StatusForbidden, "AccessDenied", "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters")
	}
	return nil
}

// signedRequest describes the request as it came over the wire.
func (c *call) signedRequest() sigv4.Request {
	h := &c.Request().Header
	r := sigv4.Request{
		Method:   string(h.Method()),
		Path:     c.target.path,
		RawQuery: c.target.query,
		BasePath: c.basePath,
		Host:     string(h.Host()),
		Header:   func(name string) []string { return headerValues(h, name) },
		HeaderNames: func(yield func(string) bool) {
			for name := range h.All() {
				if !yield(string(name)) {
					return
				}
			}
		},
	}
	if c.target.virtual {
		r.Bucket = c.target.bucket
	}
	return r
}

// headerValues returns a header's values. fasthttp keeps some headers in fields
// of their own and reports an empty value for one that was not sent.
func headerValues(h *fasthttp.RequestHeader, name string) []string {
	var values []string
	for _, v := range h.PeekAll(name) {
		values = append(values, string(v))
	}
	if len(values) == 1 && values[0] == "" {
		return nil
	}
	return values
}

// signatureError puts a signature refused at a time into S3's words.
func (c *call) signatureError(a *sigv4.Auth, keyID string, now time.Time, err error) error {
	refused, ok := errors.AsType[*sigv4.Error](err)
	if !ok {
		return err
	}
	switch refused.Kind {
	case sigv4.Unsupported:
		return fail(http.StatusBadRequest, "InvalidRequest", "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")
	case sigv4.Expired:
		return fail(http.StatusForbidden, "AccessDenied", "Request has expired", c.expiry(a)...)
	case sigv4.NotYetValid:
		return fail(http.StatusForbidden, "AccessDenied", "Request is not yet valid")
	case sigv4.Skewed:
		return fail(http.StatusForbidden, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.",
			field{"RequestTime", a.Time.UTC().Format("20060102T150405Z")},
			field{"ServerTime", now.UTC().Format(time.RFC3339)},
			field{"MaxAllowedSkewMilliseconds", fmt.Sprint(sigv4.MaxSkew.Milliseconds())})
	case sigv4.Mismatch:
		return fail(http.StatusForbidden, "SignatureDoesNotMatch",
			"The request signature we calculated does not match the signature you provided. Check your key and signing method.",
			field{"AWSAccessKeyId", keyID}, field{"StringToSign", refused.StringToSign},
			field{"SignatureProvided", a.Signature}, field{"CanonicalRequest", refused.CanonicalRequest})
	case sigv4.SignedHeadersIncomplete:
		return fail(http.StatusForbidden, "AccessDenied", "There were headers present in the request which were not signed")
	case sigv4.PayloadMismatch:
		return fail(http.StatusBadRequest, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.")
	default:
		return c.malformedSignature(refused)
	}
}

func (c *call) malformedSignature(refused *sigv4.Error) error {
	switch {
	case c.Get("Authorization") != "":
		return fail(http.StatusBadRequest, "AuthorizationHeaderMalformed", "The authorization header is malformed; "+refused.Detail)
	case strings.Contains(c.target.query, "X-Amz-"):
		return fail(http.StatusBadRequest, "AuthorizationQueryParametersError", refused.Detail)
	default:
		return fail(http.StatusForbidden, "AccessDenied", "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters")
	}
}

// expiry tells when a presigned request ended.
func (c *call) expiry(a *sigv4.Auth) []field {
	end := a.Time.Add(a.Expires)
	var fields []field
	if a.Form == sigv4.QueryV2 {
		end = time.Unix(0, 0).Add(a.Expires)
	} else {
		fields = append(fields, field{"X-Amz-Expires", fmt.Sprint(int64(a.Expires / time.Second))})
	}
	return append(fields, field{"Expires", end.UTC().Format(time.RFC3339)}, field{"ServerTime", c.now.UTC().Format(time.RFC3339)})
}
