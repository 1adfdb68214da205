// Package accesslog keeps one plain record per viewer request, in the words of CloudFront's log
// fields, and writes it as a JSON line without secrets.
package accesslog

import "time"

// Field names one textual field of a Record.
type Field uint8

// The textual fields, in the order they are written.
const (
	RequestID Field = iota
	DistributionID
	EdgeLocation
	ClientIP
	Method
	DistributionDomain
	URIStem
	Query // without signing parameters
	Referer
	UserAgent
	ViewerHost
	Protocol        // http or https
	ProtocolVersion // HTTP/1.1, HTTP/2.0, …
	TLSProtocol
	TLSCipher
	ResultType
	DetailedResultType
	RefusalReason // why a request was not admitted, in package signedurl's words
	KeyID         // the signer's key, also of refused requests
	CachePattern  // path pattern of the behavior
	CacheInputs   // headers and cookies by name, and the encoding, that went into the cache key
	CacheStatus   // how the cache dealt with the request, as a Cache-Status member (RFC 9211)
	OriginID      // of the origin that was asked, of an origin group the one asked last
	ContentType
	numFields
)

// names are the fields' names in CloudFront's log, or ours where it has none.
var names = [numFields]string{
	RequestID: "x-edge-request-id", DistributionID: "distribution-id", EdgeLocation: "x-edge-location",
	ClientIP: "c-ip", Method: "cs-method", DistributionDomain: "cs(Host)", URIStem: "cs-uri-stem",
	Query: "cs-uri-query", Referer: "cs(Referer)", UserAgent: "cs(User-Agent)", ViewerHost: "x-host-header",
	Protocol: "cs-protocol", ProtocolVersion: "cs-protocol-version", TLSProtocol: "ssl-protocol",
	TLSCipher: "ssl-cipher", ResultType: "x-edge-result-type", DetailedResultType: "x-edge-detailed-result-type",
	RefusalReason: "refusal-reason", KeyID: "key-pair-id", CachePattern: "cache-behavior-path-pattern",
	CacheInputs: "cache-key-inputs", CacheStatus: "cache-status", OriginID: "origin-id", ContentType: "sc-content-type",
}

// Record is one viewer request. It owns its text, so it may outlive the request; it is used
// by one goroutine at a time. The zero value is an empty record.
type Record struct {
	Begin           time.Time
	TimeTaken       time.Duration
	TimeToFirstByte time.Duration
	Status          int // 0 when the viewer left before an answer began
	OriginStatus    int // 0 when no origin was asked
	BytesSent       int64
	BytesReceived   int64
	ClientPort      uint16

	text [numFields]span
	buf  []byte
}

type span struct{ from, to uint32 }

// Set copies value into the record.
func (r *Record) Set(f Field, value string) {
	from := uint32(len(r.buf))
	r.buf = append(r.buf, value...)
	r.text[f] = span{from, uint32(len(r.buf))}
}

// SetBytes is Set for bytes.
func (r *Record) SetBytes(f Field, value []byte) {
	from := uint32(len(r.buf))
	r.buf = append(r.buf, value...)
	r.text[f] = span{from, uint32(len(r.buf))}
}

// Append starts or continues field f, which must be the last one set, with value.
func (r *Record) Append(f Field, value string) {
	if r.text[f].to != uint32(len(r.buf)) || r.text[f].from == r.text[f].to {
		r.text[f] = span{uint32(len(r.buf)), uint32(len(r.buf))}
	}
	r.buf = append(r.buf, value...)
	r.text[f].to = uint32(len(r.buf))
}

// Text returns the field's value, "" when unset.
func (r *Record) Text(f Field) string {
	return string(r.bytes(f))
}

func (r *Record) bytes(f Field) []byte { return r.buf[r.text[f].from:r.text[f].to] }

func (r *Record) reset() {
	buf := r.buf[:0]
	*r = Record{}
	if cap(buf) <= maxKeptBytes {
		r.buf = buf
	}
}
