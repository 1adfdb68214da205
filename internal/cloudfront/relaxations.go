package cloudfront

import (
	"fmt"
	"strings"
)

// Relaxation is something that is accepted though CloudFront refuses it.
type Relaxation struct{ Path, Message string }

// Relaxations lists what is accepted though CloudFront refuses it, the counterpart of
// Refusals.
func Relaxations() []Relaxation {
	const origin = "DistributionConfig/Origins/Origin/"
	return []Relaxation{
		{"DistributionConfig/Aliases/CNAME", "Aliases need no certificate of their own: with the default certificate, the local certificate authority signs each. A name of one label, such as a container's, is an alias too."},
		{origin + "DomainName", "A custom origin may be an IPv4 or IPv6 address or a name of one label. An S3 origin may be on a configured host suffix."},
		{origin + "CustomOriginConfig/HTTPPort", "Any port from 1 to 65535 is accepted, here and in HTTPSPort."},
		{origin + "CustomOriginConfig/IpAddressType", "ipv4 and dualstack mean the same: the edge uses any address the name resolves to."},
		{"DistributionConfig/CacheBehavior/MinTTL", "Cache times beside a cache policy are dropped, as the policy overrules them."},
		{"*/Items", "An empty Items element is read as none."},
		{"?MaxItems", "A MaxItems above 100 means 100."},
	}
}

// RelaxationsMarkdown is the list of Relaxations as a Markdown table, for docs/divergences.md.
func RelaxationsMarkdown() string {
	var b strings.Builder
	b.WriteString("| where | what is accepted |\n|---|---|\n")
	for _, r := range Relaxations() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", r.Path, r.Message)
	}
	return b.String()
}
