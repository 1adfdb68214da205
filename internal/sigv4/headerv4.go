package sigv4

import (
	"encoding/hex"
	"net/http"
	"strings"
	"time"
)

// parseHeaderV4 reads "Credential=..., SignedHeaders=..., Signature=...".
func parseHeaderV4(r *Request, fields string) (*Auth, error) {
	var credential, signedHeaders, signature string
	for field := range strings.SplitSeq(fields, ",") {
		name, value, ok := strings.Cut(strings.Trim(field, " \t"), "=")
		target := map[string]*string{"Credential": &credential, "SignedHeaders": &signedHeaders, "Signature": &signature}[name]
		if !ok || target == nil || *target != "" || value == "" {
			return nil, malformed("the Authorization header must hold Credential, SignedHeaders and Signature, once each")
		}
		*target = value
	}
	a := &Auth{Form: HeaderV4}
	if err := a.setClaims(credential, signedHeaders, signature); err != nil {
		return nil, err
	}
	if err := a.setHeaderTime(r); err != nil {
		return nil, err
	}
	var err error
	if a.PayloadHash, err = r.header("x-amz-content-sha256"); err != nil {
		return nil, err
	}
	if a.SessionToken, err = r.header("x-amz-security-token"); err != nil {
		return nil, err
	}
	return a, nil
}

// setClaims fills in what header and query forms of version 4 share.
func (a *Auth) setClaims(credential, signedHeaders, signature string) error {
	if err := a.setCredential(credential); err != nil {
		return err
	}
	if signedHeaders == "" {
		return malformed("SignedHeaders is missing")
	}
	a.SignedHeaders = strings.Split(signedHeaders, ";")
	for i, name := range a.SignedHeaders {
		if name == "" || name != strings.ToLower(name) || i > 0 && name <= a.SignedHeaders[i-1] {
			return malformed("SignedHeaders must be lower-case names in ascending order, once each")
		}
	}
	if _, err := hex.DecodeString(signature); err != nil || len(signature) != 64 {
		return malformed("the signature must be 64 hexadecimal digits")
	}
	a.Signature = signature
	return nil
}

// setCredential reads "id/date/region/service/aws4_request". The id may hold slashes.
func (a *Auth) setCredential(credential string) error {
	parts := strings.Split(credential, "/")
	n := len(parts)
	if n < 5 || parts[n-1] != terminator {
		return malformed("the credential must be of the form <access key id>/YYYYMMDD/REGION/SERVICE/aws4_request")
	}
	a.AccessKeyID = strings.Join(parts[:n-4], "/")
	a.Date, a.Region, a.Service = parts[n-4], parts[n-3], parts[n-2]
	if a.AccessKeyID == "" || a.Region == "" || a.Service == "" {
		return malformed("the credential has an empty part")
	}
	if _, err := time.Parse("20060102", a.Date); err != nil {
		return malformed("the credential's date must be YYYYMMDD")
	}
	return nil
}

// setHeaderTime takes the time from X-Amz-Date, else from Date, and ties it to the scope.
func (a *Auth) setHeaderTime(r *Request) error {
	value, err := r.header("x-amz-date")
	if err != nil {
		return err
	}
	if value == "" {
		if value, err = r.header("date"); err != nil {
			return err
		}
		t, err := http.ParseTime(value)
		if err != nil {
			t, err = time.Parse(time.RFC1123Z, value) // botocore writes "-0000" for "GMT"
		}
		if err == nil {
			return a.setTime(t.UTC().Format(isoBasic))
		}
	}
	return a.setTime(value)
}

func (a *Auth) setTime(value string) error {
	t, err := time.Parse(isoBasic, value)
	if err != nil {
		return malformed("AWS authentication requires a valid Date or x-amz-date")
	}
	if value[:len("20060102")] != a.Date {
		return malformed("the credential's date is not the day of the request's date")
	}
	a.Time = t
	return nil
}
