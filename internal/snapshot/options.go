package snapshot

import (
	"strings"

	"github.com/warmfront/warmfront/internal/origin"
)

// Options are what compiling needs besides the state. They must not change between a snapshot
// and the one compiled after it.
type Options struct {
	// AccountID is the account whose key pairs a trusted signer `self` means.
	AccountID string
	// NodeID tells this edge from others in Via, so that loops are seen; any stable text.
	NodeID string
	// Open opens a secret that was sealed for the access key id it belongs to, as
	// sealed.Keyring does.
	Open func(sealed []byte, accessKeyID string) ([]byte, error)
	// ExternalS3 are S3-compatible stores elsewhere.
	ExternalS3 []ExternalS3
}

// ExternalS3 is an S3-compatible store elsewhere: origins named BUCKET.HostSuffix are buckets
// there.
type ExternalS3 struct {
	HostSuffix  string // lower case, without a leading dot
	Region      string
	Credentials origin.Credentials
	// Buckets names for each bucket the ids of the distributions that may use it, "*" for
	// every one. Others send their requests unsigned.
	Buckets map[string][]string
}

// external finds the store that claims a domain, the longest suffix first.
func (o *Options) external(domain string) (store *ExternalS3, bucket string) {
	for i := range o.ExternalS3 {
		s := &o.ExternalS3[i]
		b, ok := strings.CutSuffix(domain, "."+s.HostSuffix)
		if ok && b != "" && (store == nil || len(s.HostSuffix) > len(store.HostSuffix)) {
			store, bucket = s, b
		}
	}
	return store, bucket
}
