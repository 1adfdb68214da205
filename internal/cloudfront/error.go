package cloudfront

import (
	"errors"
	"fmt"
	"net/http"
)

// Error is an answer of the API: a code that clients act on and a message for people.
type Error struct {
	Code    string // such as NoSuchDistribution
	Status  int    // HTTP status
	Message string
	Err     error // the cause, for the log only; may be nil
}

// Errorf builds an error of the given code, with the HTTP status the service model names for
// it. A %w verb in format sets the cause.
func Errorf(code, format string, args ...any) *Error {
	text := fmt.Errorf(format, args...)
	return &Error{Code: code, Status: StatusOf(code), Message: text.Error(), Err: errors.Unwrap(text)}
}

// Error implements error.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is an *Error of the same code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Fault is Sender for the client's errors and Receiver for the service's.
func (e *Error) Fault() string {
	if e.Status >= 500 {
		return "Receiver"
	}
	return "Sender"
}

// CodeOf is the code of the *Error in err's chain, or "".
func CodeOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}

// StatusOf is the HTTP status of an error code: the service model's, those of the codes every
// AWS service shares, and 400 for any other.
func StatusOf(code string) int {
	switch code {
	case "MissingAuthenticationToken", "IncompleteSignature", "SignatureDoesNotMatch",
		"InvalidClientTokenId", "ExpiredToken", "RequestExpired", "OptInRequired":
		return http.StatusForbidden
	case "UnknownOperationException":
		return http.StatusNotFound
	case "RequestEntityTooLarge":
		return http.StatusRequestEntityTooLarge
	case "InternalError":
		return http.StatusInternalServerError
	case "ServiceUnavailable":
		return http.StatusServiceUnavailable
	}
	if s := modelledStatus(code); s != 0 {
		return s
	}
	return http.StatusBadRequest
}

// invalid is an InvalidArgument error, the code for values without a code of their own.
func invalid(format string, args ...any) *Error {
	return Errorf("InvalidArgument", format, args...)
}
