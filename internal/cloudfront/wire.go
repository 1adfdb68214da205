package cloudfront

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// Namespace is the XML namespace of the API's documents.
const Namespace = "http://cloudfront.amazonaws.com/doc/2020-05-31/"

// Time is a timestamp of the API: ISO-8601 in UTC with milliseconds on the wire, such as
// 2021-11-27T10:34:26.802Z.
type Time struct{ time.Time }

const timeLayout = "2006-01-02T15:04:05.000Z"

// String is the wire form.
func (t Time) String() string { return t.UTC().Format(timeLayout) }

// MarshalText gives the wire form.
func (t Time) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText accepts any RFC 3339 time.
func (t *Time) UnmarshalText(b []byte) error {
	v, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(string(b)))
	if err != nil {
		return fmt.Errorf("parse timestamp %q: %w", b, err)
	}
	t.Time = v.UTC()
	return nil
}

// MarshalJSON gives the wire form as a JSON string.
func (t Time) MarshalJSON() ([]byte, error) { return []byte(`"` + t.String() + `"`), nil }

// UnmarshalJSON accepts any RFC 3339 time as a JSON string.
func (t *Time) UnmarshalJSON(b []byte) error {
	return t.UnmarshalText([]byte(strings.Trim(string(b), `"`)))
}

// Blob is binary data, base64 on the wire.
type Blob []byte

// MarshalText gives the base64 form.
func (b Blob) MarshalText() ([]byte, error) {
	return base64.StdEncoding.AppendEncode(nil, b), nil
}

// UnmarshalText accepts standard base64.
func (b *Blob) UnmarshalText(text []byte) error {
	v, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil {
		return fmt.Errorf("decode base64: %w", err)
	}
	*b = v
	return nil
}

// Operation is one operation of the API, as the service model describes it.
type Operation struct {
	Name            string
	Method          string    // HTTP method
	Path            string    // after the version date, labels in braces: /distribution/{Id}/config
	Flag            string    // query that selects the operation: WithTags, Operation=Tag; often empty
	Status          int       // HTTP status of success
	RequestRoot     string    // root element of the request, "" without a body
	ResponseRoot    string    // root element of the response, "" without a body
	Payload         bool      // the response's root is a member of the result, not the result itself
	Raw             bool      // the response's body is bytes, not XML
	Query           []Binding // query parameters read
	RequestHeaders  []Binding
	ResponseHeaders []Binding
	Errors          []string // error codes the model names for it
}

// Binding ties a member of the service model to the name of a header or query parameter.
type Binding struct{ Member, Name string }
