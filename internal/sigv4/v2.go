package sigv4

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"
)

// signedSubresource reports whether a query parameter belongs to the canonical resource of
// version 2. Beside the list that signers know, it holds newer sub-resources that signers leave
// out: a request for one of those then never matches, instead of riding on a signature made for
// the plain object.
func signedSubresource(name string) bool {
	switch name {
	case "accelerate", "acl", "analytics", "cors", "defaultObjectAcl", "delete", "inventory", "lifecycle",
		"location", "logging", "metrics", "notification", "object-lock", "partNumber", "policy", "replication",
		"requestPayment", "restore", "select", "select-type", "storageClass", "tagging", "torrent", "uploadId",
		"uploads", "versionId", "versioning", "versions", "website",
		"response-cache-control", "response-content-disposition", "response-content-encoding",
		"response-content-language", "response-content-type", "response-expires":
		return true
	case "attributes", "encryption", "intelligent-tiering", "legal-hold", "metadataConfiguration", "metadataTable",
		"ownershipControls", "policyStatus", "publicAccessBlock", "renameObject", "retention", "session":
		return true
	}
	return false
}

// verifyV2 checks a version 2 presigned request.
func (a *Auth) verifyV2(r *Request, secret string) error {
	amz, err := amzLinesV2(r)
	if err != nil {
		return err
	}
	end := strconv.FormatInt(int64(a.Expires/time.Second), 10)
	head := r.Method + "\n" + headerV2(r, "content-md5") + "\n" + headerV2(r, "content-type") + "\n" + end + "\n" + amz
	var first *Error
	for _, resource := range resourcesV2(r) {
		toSign := head + resource
		mac := hmac.New(sha1.New, []byte(secret))
		mac.Write([]byte(toSign))
		want := base64.StdEncoding.EncodeToString(mac.Sum(nil))
		if subtle.ConstantTimeCompare([]byte(want), []byte(a.Signature)) == 1 {
			return nil
		}
		if first == nil {
			first = mismatch(toSign, "")
		}
	}
	return first
}

// headerV2 returns a header's value, or the query parameter of the same name that botocore puts
// in its place when it presigns.
func headerV2(r *Request, name string) string {
	if values := r.Header(name); len(values) > 0 {
		return strings.Trim(values[0], " \t")
	}
	return queryValue(r.RawQuery, name)
}

func queryValue(raw, name string) string {
	for pair := range strings.SplitSeq(raw, "&") {
		n, v, _ := strings.Cut(pair, "=")
		if n, _ = unescape(n); n == name {
			v, _ = unescape(strings.ReplaceAll(v, "+", " "))
			return v
		}
	}
	return ""
}

// amzLinesV2 writes "name:value\n" for the x-amz-* headers, in order. Such names in the query
// count as headers, because presigners put them there; one sent both ways must say the same.
func amzLinesV2(r *Request) (string, error) {
	names := r.amzHeaders()
	inQuery := map[string]string{}
	for pair := range strings.SplitSeq(r.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, _ = unescape(name)
		if name = strings.ToLower(name); !strings.HasPrefix(name, "x-amz-") {
			continue
		}
		if _, repeated := inQuery[name]; repeated {
			return "", malformed("query parameter " + name + " is repeated")
		}
		inQuery[name], _ = unescape(strings.ReplaceAll(value, "+", " "))
		names = append(names, name)
	}
	var b strings.Builder
	for _, name := range sortedUnique(names) {
		values := slices.Clone(r.Header(name))
		for i := range values {
			values[i] = strings.Trim(values[i], " \t")
		}
		value := strings.Join(values, ",")
		if q, ok := inQuery[name]; ok {
			if len(values) > 0 && q != value {
				return "", malformed(name + " differs between header and query")
			}
			value = q
		}
		b.WriteString(name + ":" + value + "\n")
	}
	return b.String(), nil
}

// resourcesV2 returns the canonical resources a signer may have used: the bucket and path as
// sent with the signed sub-resources, and for a bucket alone the same with its closing slash.
func resourcesV2(r *Request) []string {
	path := strings.TrimPrefix(r.Path, r.BasePath)
	if path == "" {
		path = "/"
	}
	if r.Bucket != "" {
		path = "/" + r.Bucket + path
	}
	var parts []string
	for pair := range strings.SplitSeq(r.RawQuery, "&") {
		name, value, hasValue := strings.Cut(pair, "=")
		// Decoded, because whoever serves the request decodes it too: "%61cl" is "acl".
		name, _ = unescape(name)
		if !signedSubresource(name) {
			continue
		}
		if hasValue {
			value, _ = unescape(value)
			name += "=" + value
		}
		parts = append(parts, name)
	}
	slices.SortStableFunc(parts, func(a, b string) int {
		na, _, _ := strings.Cut(a, "=")
		nb, _, _ := strings.Cut(b, "=")
		return strings.Compare(na, nb)
	})
	query := ""
	if len(parts) > 0 {
		query = "?" + strings.Join(parts, "&")
	}
	if strings.Count(path, "/") == 1 && path != "/" {
		return []string{path + query, path + "/" + query}
	}
	return []string{path + query}
}
