// Package snapshot compiles one revision of the state into an immutable view ready to serve:
// hosts, path patterns, keys, cache-key recipes, origins and their credentials. The edge and
// explain share it.
package snapshot

import (
	"strings"

	"github.com/warmfront/warmfront/internal/cachestore"
)

// Snapshot is the configuration at one revision. It is immutable and safe for concurrent use;
// a request keeps the one it began with.
type Snapshot struct {
	// Revision is the mod revision of the newest configuration event in this snapshot, and
	// ClusterID the state it comes from.
	Revision  int64
	ClusterID string
	// Invalidations are the rules of every invalidation still kept, in the order of their
	// revisions.
	Invalidations []cachestore.Rule

	revoked revocations

	distributions map[string]*Distribution // by id, disabled ones too
	hosts         map[string]*Distribution // enabled, by domain or alias, lower case
	wildcards     map[string]*Distribution // enabled, by ".example.com" of alias *.example.com
	identities    map[string]*Identity     // by S3 access key id
	originAccess  map[string]*Identity     // origin access identities by id
	canonical     map[string]*Identity     // origin access identities by canonical user id
}

// Distribution returns a distribution by its id, nil when there is none.
func (s *Snapshot) Distribution(id string) *Distribution { return s.distributions[id] }

// Distributions calls yield for each distribution in no particular order.
func (s *Snapshot) Distributions(yield func(*Distribution) bool) {
	for _, d := range s.distributions {
		if !yield(d) {
			return
		}
	}
}

// Host returns the enabled distribution that answers for host, which may carry a port and be
// in any case: the one with this domain name or alias, else the one whose wildcard alias
// covers it by one label or more, the longest first. It returns nil for an unknown host.
func (s *Snapshot) Host(host string) *Distribution {
	host = CanonicalHost(host)
	if d := s.hosts[host]; d != nil || len(s.wildcards) == 0 {
		return d
	}
	for i := strings.IndexByte(host, '.'); i >= 0; {
		if d := s.wildcards[host[i:]]; d != nil && i > 0 {
			return d
		}
		next := strings.IndexByte(host[i+1:], '.')
		if next < 0 {
			return nil
		}
		i += 1 + next
	}
	return nil
}

// CanonicalHost strips a port and a final dot from a Host field and lowers its case. It does
// not allocate for the usual lower-case name.
func CanonicalHost(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && strings.IndexByte(host[i:], ']') < 0 {
		host = host[:i]
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}
