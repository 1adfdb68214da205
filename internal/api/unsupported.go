package api

import (
	"strings"

	"github.com/warmfront/warmfront/internal/cloudfront"
)

// unsupported answers every operation Warmfront does not perform.
func unsupported(c *call) (*reply, error) {
	return nil, cloudfront.Errorf("UnsupportedOperation", "Warmfront does not perform %s. %s", c.op.Name, insteadOf(c.op.Name))
}

// Unsupported lists the operations that answer UnsupportedOperation, each with what to use
// instead, for docs/divergences.md.
func Unsupported() map[string]string {
	out := map[string]string{}
	answered := handlers(struct{ Control }{})
	for _, op := range cloudfront.Operations() {
		if answered[op.Name] == nil {
			out[op.Name] = insteadOf(op.Name)
		}
	}
	return out
}

// insteadOf says what to use instead of an operation. The first row whose word is in the
// operation's name counts.
func insteadOf(operation string) string {
	for _, row := range [][2]string{
		{"ConnectionFunction", "Restrict access by signed URLs or cookies."},
		{"TrustStore", "Restrict access by signed URLs or cookies."},
		{"ConnectionGroup", "Use one distribution per tenant; every edge serves every distribution."},
		{"Tenant", "Use one distribution per tenant."},
		{"ConnectionMode", "ListDistributions lists every distribution; all are in direct mode."},
		{"ManagedCertificate", "The local certificate authority signs every alias."},
		{"Domain", "Put aliases into a distribution with UpdateDistribution."},
		{"Alias", "Put aliases into a distribution with UpdateDistribution."},
		{"VerifyDns", "Check the DNS record of an alias with a resolver."},
		{"WebACL", "Filter in front of the edge."},
		{"StreamingDistribution", "RTMP has ended; create a distribution and serve HLS or DASH."},
		{"CopyDistribution", "Read the configuration with GetDistributionConfig and create a distribution from it."},
		{"StagingConfig", "Use a second distribution and move its configuration with UpdateDistribution."},
		{"ContinuousDeployment", "Use a second distribution."},
		{"KeyValueStore", "Keep the data at the origin."},
		{"Function", "Do the work at the origin."},
		{"FieldLevelEncryption", "Encrypt in the application."},
		{"RealtimeLog", "Read the edge's own access log."},
		{"Monitoring", "Count in the edge's own access log."},
		{"Anycast", "Announce the edge's own addresses."},
		{"VpcOrigin", "Use a custom origin: the edge reaches any address its host reaches."},
		{"ResourcePolicy", "Resources are not shared between accounts."},
		{"OwnedResource", "Resources are not shared between accounts."},
	} {
		if strings.Contains(operation, row[0]) {
			return row[1]
		}
	}
	return ""
}
