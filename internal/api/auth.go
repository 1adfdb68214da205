package api

import (
	"errors"
	"net/http"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/sigv4"
)

// authenticate verifies the request's version 4 signature over the body with the given hash.
func (d *door) authenticate(r *http.Request, payloadHash string) (readOnly bool, err error) {
	signed := sigv4.FromHTTP(r)
	auth, err := sigv4.Parse(signed)
	if err != nil {
		return false, authError(err)
	}
	if auth.Form != sigv4.HeaderV4 && auth.Form != sigv4.QueryV4 {
		return false, cloudfront.Errorf("IncompleteSignature", "Only signatures of version 4 are accepted.")
	}
	if auth.Service != "cloudfront" {
		return false, cloudfront.Errorf("SignatureDoesNotMatch", "Credential should be scoped to correct service: 'cloudfront'.")
	}
	secret, readOnly, ok := d.o.Credentials.ByAccessKey(auth.AccessKeyID)
	if !ok {
		return false, cloudfront.Errorf("InvalidClientTokenId", "The security token included in the request is invalid.")
	}
	if auth.SessionToken != "" {
		return false, cloudfront.Errorf("InvalidClientTokenId", "The security token included in the request is invalid: this access key has no session token. Unset AWS_SESSION_TOKEN.")
	}
	if err := auth.Verify(signed, secret, payloadHash, d.o.Now()); err != nil {
		return false, authError(err)
	}
	return readOnly, nil
}

// authError puts a refused signature in the API's words.
func authError(err error) error {
	e, ok := errors.AsType[*sigv4.Error](err)
	if !ok {
		return err
	}
	const mismatch = "SignatureDoesNotMatch"
	switch e.Kind {
	case sigv4.Missing:
		return cloudfront.Errorf("MissingAuthenticationToken", "Request is missing Authentication Token.")
	case sigv4.Expired, sigv4.Skewed:
		return cloudfront.Errorf(mismatch, "Signature expired or not yet current: %s.", e.Detail)
	case sigv4.NotYetValid:
		return cloudfront.Errorf(mismatch, "Signature not yet current: %s.", e.Detail)
	case sigv4.Mismatch:
		return cloudfront.Errorf(mismatch, "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.")
	case sigv4.SignedHeadersIncomplete, sigv4.PayloadMismatch:
		return cloudfront.Errorf(mismatch, "The signature does not cover the request: %s.", e.Detail)
	}
	return cloudfront.Errorf("IncompleteSignature", "The request signature does not conform to AWS standards: %s.", e.Detail)
}
