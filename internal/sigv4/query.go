package sigv4

import (
	"strconv"
	"strings"
	"time"
)

// authQuery holds the signature parameters of a query. Names are case-sensitive.
type authQuery struct {
	algorithm, credential, date, expires, signedHeaders, signature, token, payload string
	accessKeyID, expiresV2, signatureV2                                            string

	v4, v2 bool // a parameter of that form is present
}

// field returns where a parameter's value belongs, nil when it is none of ours.
func (q *authQuery) field(name string) (target *string, v4, v2 bool) {
	switch name {
	case "X-Amz-Algorithm":
		return &q.algorithm, true, false
	case "X-Amz-Credential":
		return &q.credential, true, false
	case "X-Amz-Signature":
		return &q.signature, true, false
	case "X-Amz-Date":
		return &q.date, false, false
	case "X-Amz-Expires":
		return &q.expires, false, false
	case "X-Amz-SignedHeaders":
		return &q.signedHeaders, false, false
	case "X-Amz-Security-Token", "x-amz-security-token":
		return &q.token, false, false
	case "X-Amz-Content-Sha256":
		return &q.payload, false, false
	case "AWSAccessKeyId":
		return &q.accessKeyID, false, true
	case "Signature":
		return &q.signatureV2, false, true
	case "Expires":
		return &q.expiresV2, false, false
	}
	return nil, false, false
}

// scanQuery collects the signature parameters. A repeated one is refused: which of the two
// counts would otherwise be a matter of taste between us and whoever reads the query next.
func scanQuery(raw string) (*authQuery, error) {
	q := &authQuery{}
	var seen []*string
	for pair := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, okName := unescape(name)
		target, v4, v2 := q.field(name)
		if target == nil {
			continue
		}
		value, okValue := unescape(value)
		for _, s := range seen {
			if s == target {
				return nil, malformed("query parameter " + name + " is repeated")
			}
		}
		if !okName || !okValue {
			return nil, malformed("query parameter " + name + " is wrongly percent-encoded")
		}
		seen = append(seen, target)
		*target = value
		q.v4, q.v2 = q.v4 || v4, q.v2 || v2
	}
	return q, nil
}

// parseQueryV4 reads a version 4 presigned request.
func parseQueryV4(r *Request, q *authQuery) (*Auth, error) {
	if q.algorithm == "" || q.credential == "" || q.date == "" || q.expires == "" || q.signedHeaders == "" || q.signature == "" {
		return nil, malformed("query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, " +
			"X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters")
	}
	if q.algorithm != algorithm {
		return nil, unsupported("X-Amz-Algorithm only supports AWS4-HMAC-SHA256")
	}
	a := &Auth{Form: QueryV4, SessionToken: q.token, PayloadHash: q.payload}
	if err := a.setClaims(q.credential, q.signedHeaders, q.signature); err != nil {
		return nil, err
	}
	if err := a.setTime(q.date); err != nil {
		return nil, err
	}
	seconds, ok := digits(q.expires)
	if !ok || seconds < 1 || seconds > int64(MaxExpires/time.Second) {
		return nil, &Error{Kind: InvalidExpires, Detail: "X-Amz-Expires must be a number of seconds from 1 to 604800"}
	}
	a.Expires = time.Duration(seconds) * time.Second
	declared, err := r.header("x-amz-content-sha256")
	if err != nil {
		return nil, err
	}
	if declared != "" {
		a.PayloadHash = declared
	}
	if a.PayloadHash == "" && a.Service == "s3" {
		a.PayloadHash = UnsignedPayload
	}
	return a, nil
}

// parseQueryV2 reads a version 2 presigned request. The sentence for missing parts is S3's own;
// people meet it when a CloudFront signed URL reaches S3.
func parseQueryV2(r *Request, q *authQuery) (*Auth, error) {
	if q.accessKeyID == "" || q.expiresV2 == "" || q.signatureV2 == "" {
		return nil, malformed("Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters")
	}
	end, ok := digits(q.expiresV2)
	if !ok || end > 1<<33 {
		return nil, malformed("Expires must be a number of seconds since the Unix epoch")
	}
	a := &Auth{Form: QueryV2, AccessKeyID: q.accessKeyID, Service: "s3", Signature: q.signatureV2, SessionToken: q.token}
	a.Expires = time.Duration(end) * time.Second
	if a.SessionToken == "" {
		token, err := r.header("x-amz-security-token")
		if err != nil {
			return nil, err
		}
		a.SessionToken = token
	}
	return a, nil
}

// digits reads a plain decimal number: no sign, no spaces.
func digits(s string) (int64, bool) {
	if s == "" || s[0] < '0' || s[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}
