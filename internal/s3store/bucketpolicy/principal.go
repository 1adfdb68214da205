package bucketpolicy

import (
	"encoding/json"
	"regexp"
	"strings"
)

// OriginAccessIdentityARN is how a bucket policy names the CloudFront origin
// access identity with this id.
func OriginAccessIdentityARN(id string) string { return identityARNPrefix + id }

const identityARNPrefix = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity "

// principalSet is a statement's Principal or NotPrincipal.
type principalSet struct {
	not       bool
	everyone  bool     // "*" or {"AWS": "*"}
	accounts  []string // 12-digit ids: every principal of that account
	arns      []string
	canonical []string
	services  []string
}

var (
	accountPattern = regexp.MustCompile(`^[0-9]{12}$`)
	rootPattern    = regexp.MustCompile(`^arn:aws[a-z-]*:iam::([0-9]{12}):root$`)
	memberPattern  = regexp.MustCompile(`^arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:(user|role|assumed-role|federated-user)/[^*?]+$`)
	servicePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]*\.(amazonaws\.com|amazonaws\.com\.cn|amazon\.com)$`)
	canonicalID    = regexp.MustCompile(`^[0-9a-f]{64}([0-9a-f]{32})?$`)
)

func invalidPrincipal() error { return malformed("Invalid principal in policy") }

func parsePrincipals(raw json.RawMessage) (principalSet, error) {
	var set principalSet
	if name, err := text(raw); err == nil {
		set.everyone = name == "*"
		if !set.everyone {
			return set, invalidPrincipal()
		}
		return set, nil
	}
	members, err := object(raw)
	if err != nil || len(members) == 0 {
		return set, invalidPrincipal()
	}
	for _, m := range members {
		names, err := stringList(m.value)
		if err != nil || len(names) == 0 {
			return set, invalidPrincipal()
		}
		for _, name := range names {
			if !set.add(m.name, name) {
				return set, invalidPrincipal()
			}
		}
	}
	return set, nil
}

// add puts one named principal into the set and reports whether its form is valid.
func (set *principalSet) add(kind, name string) bool {
	switch kind {
	case "AWS":
		root := rootPattern.FindStringSubmatch(name)
		switch {
		case name == "*":
			set.everyone = true
		case accountPattern.MatchString(name):
			set.accounts = append(set.accounts, name)
		case root != nil:
			set.accounts = append(set.accounts, root[1])
		case memberPattern.MatchString(name), identityID(name) != "":
			set.arns = append(set.arns, name)
		default:
			return false
		}
	case "CanonicalUser":
		set.canonical = append(set.canonical, name)
		return canonicalID.MatchString(name)
	case "Service":
		set.services = append(set.services, name)
		return servicePattern.MatchString(name)
	default:
		return false
	}
	return true
}

// identityID returns the id of the origin access identity an ARN names, or "".
func identityID(arn string) string {
	id, ok := strings.CutPrefix(arn, identityARNPrefix)
	if !ok || id == "" || strings.ContainsAny(id, "*? /") {
		return ""
	}
	return id
}

func (set *principalSet) match(p *Principal) bool {
	return set.includes(p) != set.not
}

func (set *principalSet) includes(p *Principal) bool {
	return set.everyone ||
		contains(set.accounts, p.AccountID) ||
		contains(set.arns, p.ARN) ||
		contains(set.canonical, p.CanonicalID) ||
		contains(set.services, p.Service)
}

// contains never finds the empty name: a caller without an attribute must not
// match an entry by lacking it.
func contains(names []string, name string) bool {
	if name == "" {
		return false
	}
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}
