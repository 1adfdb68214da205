package s3store

import (
	"net"
	"regexp"
	"strings"
)

// virtualHosts are the host suffixes under which the first labels name a bucket
// (virtual-hosted-style requests), such as localhost or s3.amazonaws.com.
type virtualHosts []string

// regionLabel is what may stand between s3 and the rest of a regional host name.
var regionLabel = regexp.MustCompile(`^(dualstack|[a-z]{2}(-[a-z]+)+-[0-9]+)$`)

// bucket returns the bucket a Host header names. Path-style hosts, addresses
// and hosts under none of the suffixes name none.
func (v virtualHosts) bucket(host string) (name string, ok bool) {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, suffix := range v {
		if name, ok = bucketUnder(host, suffix); ok {
			return name, name != ""
		}
	}
	return "", false
}

// bucketUnder matches host with one suffix. A suffix s3.example also covers
// s3.<region>.example and s3-<region>.example; a plain suffix also covers
// those forms with s3 in front of it.
func bucketUnder(host, suffix string) (name string, ok bool) {
	base, needS3 := strings.CutPrefix(suffix, "s3.")
	if host == base {
		return "", !needS3
	}
	front, found := strings.CutSuffix(host, "."+base)
	if !found {
		return "", false
	}
	labels := strings.Split(front, ".")
	end := len(labels)
	for end > 0 && regionLabel.MatchString(labels[end-1]) {
		end--
	}
	if end > 0 && endpointLabel(labels[end-1]) {
		return strings.Join(labels[:end-1], "."), true
	}
	if needS3 {
		return "", false
	}
	return front, true
}

func endpointLabel(label string) bool {
	if label == "s3" {
		return true
	}
	region, found := strings.CutPrefix(label, "s3-")
	return found && regionLabel.MatchString(region)
}
