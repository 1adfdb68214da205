package bucketpolicy

import (
	"encoding/json"
	"strings"
)

const arnPrefix = "arn:aws:s3:::"

// BucketARN is the ARN of a bucket.
func BucketARN(bucket string) string { return arnPrefix + bucket }

// ObjectARN is the ARN of an object. The key stands as it is, byte for byte.
func ObjectARN(bucket, key string) string { return arnPrefix + bucket + "/" + key }

// resourceSet is a statement's Resource or NotResource.
type resourceSet struct {
	not      bool
	patterns []pattern
}

func parseResources(raw json.RawMessage, variables bool) (resourceSet, error) {
	var set resourceSet
	names, err := stringList(raw)
	if err != nil {
		return set, malformed("Invalid policy syntax.")
	}
	if len(names) == 0 {
		return set, malformed("Resource cannot be empty!")
	}
	for _, name := range names {
		if !strings.HasPrefix(name, arnPrefix) {
			return set, malformed("Policy has invalid resource")
		}
		set.patterns = append(set.patterns, compile(name, variables))
	}
	return set, nil
}

func (set *resourceSet) match(r *Request) bool {
	for i := range set.patterns {
		if set.patterns[i].match(r.Resource, r) {
			return !set.not
		}
	}
	return set.not
}

// bucket returns the bucket part of a resource, as written.
func (p *pattern) bucket() string {
	name, _, _ := strings.Cut(strings.TrimPrefix(p.source, arnPrefix), "/")
	return name
}

// levels reports whether the resource can name the bucket itself, and objects in it.
func (p *pattern) levels() (bucket, object bool) {
	rest := strings.TrimPrefix(p.source, arnPrefix)
	_, _, slash := strings.Cut(rest, "/")
	return !slash, slash || strings.HasSuffix(rest, "*")
}
