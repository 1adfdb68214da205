package edge

import (
	"context"
	"errors"

	"github.com/warmfront/warmfront/internal/origin"
)

// failureOf says what a viewer is told when its origin gave no answer.
func failureOf(err error) *failure {
	oe, ok := errors.AsType[*origin.Error](err)
	if !ok {
		if errors.Is(err, errGone) || errors.Is(err, context.Canceled) {
			return &failure{status: 503, cause: "The request was given up.", detail: ClientHungUpRequest, plain: true, gone: true}
		}
		return &failure{status: 502, cause: "CloudFront wasn't able to connect to the origin.", detail: OriginCommError}
	}
	f := &failure{status: oe.Status(), detail: OriginCommError, cause: "CloudFront wasn't able to connect to the origin."}
	switch oe.Cause {
	case origin.Invalid:
		f.cause, f.detail = "Bad request.", InvalidRequest
	case origin.DNS:
		f.cause, f.detail = "CloudFront wasn't able to resolve the origin domain name.", OriginDNSError
	case origin.Dial:
		f.cause = "CloudFront attempted to establish a connection with the origin, but either the attempt failed or the origin closed the connection."
		f.detail = OriginConnectError
	case origin.Refused, origin.TLS:
		f.detail = OriginConnectError
	case origin.Timeout:
		f.cause, f.detail = "CloudFront wasn't able to connect to the origin in time.", OriginReadError
	case origin.Reset:
		f.cause, f.detail = "The origin closed the connection.", OriginCommError
	case origin.Protocol:
		f.cause, f.detail = "The origin returned an invalid response.", OriginInvalid
	case origin.Canceled:
		f.status, f.cause, f.detail, f.plain, f.gone = 503, "The request was given up.", ClientHungUpRequest, true, true
	}
	return f
}
