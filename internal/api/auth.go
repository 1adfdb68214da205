package api

import (
	"errors"
	"net/http"

	"github.com/warmfront/warmfront/internal/access"
	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/sigv4"
	"github.com/warmfront/warmfront/internal/state"
)

// authenticate verifies the request's version 4 signature over the body with the given hash.
func (d *door) authenticate(r *http.Request, payloadHash string) (*access.Key, error) {
	signed := sigv4.FromHTTP(r)
	auth, err := sigv4.Parse(signed)
	if err != nil {
		return nil, authError(err)
	}
	if auth.Form != sigv4.HeaderV4 && auth.Form != sigv4.QueryV4 {
		return nil, cloudfront.Errorf("IncompleteSignature", "Only signatures of version 4 are accepted.")
	}
	if auth.Service != "cloudfront" {
		return nil, cloudfront.Errorf("SignatureDoesNotMatch", "Credential should be scoped to correct service: 'cloudfront'.")
	}
	key, err := d.o.Keys.Find(r.Context(), auth.AccessKeyID, auth.SessionToken)
	if err != nil {
		return nil, keyError(err)
	}
	now := d.o.Now
	if auth.Form == sigv4.HeaderV4 {
		now = d.o.Real
	}
	if err := auth.Verify(signed, key.Secret, payloadHash, now()); err != nil {
		return nil, authError(err)
	}
	return key, nil
}

// keyError puts a key that is not admitted in the API's words.
func keyError(err error) error {
	switch {
	case errors.Is(err, access.ErrUnknown):
		return cloudfront.Errorf("InvalidClientTokenId", "The security token included in the request is invalid.")
	case errors.Is(err, access.ErrToken):
		return cloudfront.Errorf("InvalidClientTokenId", "The security token included in the request is invalid: it is not the session token of this access key. A key that is not temporary has none: unset AWS_SESSION_TOKEN.")
	case errors.Is(err, access.ErrExpired):
		return cloudfront.Errorf("ExpiredToken", "The security token included in the request is expired")
	case errors.Is(err, state.ErrUnavailable):
		return cloudfront.Errorf("ServiceUnavailable", "The state, where access keys are kept, is not available; try again: %w", err)
	}
	return err
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
