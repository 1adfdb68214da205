package state

import "strings"

// Kind names a sort of resource in keys and changes.
type Kind string

// The kinds of records under config/. Managed policies are referred to without being records.
const (
	KindDistribution         Kind = "distribution"
	KindOriginAccessIdentity Kind = "origin-access-identity"
	KindOriginAccessControl  Kind = "origin-access-control"
	KindPublicKey            Kind = "public-key"
	KindKeyGroup             Kind = "key-group"
	KindKeyPair              Kind = "key-pair"
	KindInvalidation         Kind = "invalidation"
	KindRevocation           Kind = "revocation"

	KindCachePolicy           Kind = "cache-policy"
	KindOriginRequestPolicy   Kind = "origin-request-policy"
	KindResponseHeadersPolicy Kind = "response-headers-policy"
)

// Key is a key of the state, or the beginning of several.
//
//	config/<kind>/<id>                  one record; invalidations: config/invalidation/<distribution>/<id>
//	config/removal                      rewritten by every removal of a record, so that the newest
//	                                    mod revision under config/ always is its newest event
//	access/<kind>/<id>                  one access key or console link
//	alias/<cname>                       id of the distribution that holds the alias
//	name/<kind>/<name>                  id of the record that holds the name
//	callerref/<kind>/<reference>        id of the record made under the caller reference
//	ref/<kind>/<id>/<user>              present while the record <user> refers to <kind>/<id>
//	tags/<arn>                          tags of the resource
//	receipt/<kind>/<record>/<id>        receipt of one change
//	edge/<id>                           what a live edge reports, under its lease
//	edge-member/<id>                    what is kept of an edge beyond its lease
//	usage/<edge>                        what an edge has seen of keys
//	rotation/<key>                      rotation of a key under way, or finished lately
//	meta/cluster, meta/account          identity of this state
type Key string

const (
	configPrefix  Key = "config/"
	accessPrefix  Key = "access/"
	removalKey    Key = "config/removal"
	edgePrefix    Key = "edge/"
	memberPrefix  Key = "edge-member/"
	edgesPrefix   Key = "edge" // both of them, in one watch
	receiptPrefix Key = "receipt/"
	clusterKey    Key = "meta/cluster"
	accountKey    Key = "meta/account"
)

// RecordKey is the key of a record. The id of an invalidation is "<distribution>/<id>".
func RecordKey(kind Kind, id string) Key {
	prefix := configPrefix
	if kind == KindAccessKey || kind == KindConsoleLink {
		prefix = accessPrefix
	}
	return prefix + Key(string(kind)+"/"+id)
}

// AliasKey is the claim on an alternate domain name; names differ only in case are one.
func AliasKey(cname string) Key { return Key("alias/" + strings.ToLower(cname)) }

// NameKey is the claim on the name of a record among its kind.
func NameKey(kind Kind, name string) Key { return Key("name/" + string(kind) + "/" + name) }

// CallerReferenceKey is the claim on a caller reference. The scope is a kind, for
// invalidations followed by "/" and the distribution's id.
func CallerReferenceKey(scope, reference string) Key {
	return Key("callerref/" + scope + "/" + reference)
}

// ReferencePrefix covers the references to a record.
func ReferencePrefix(kind Kind, id string) Key { return Key("ref/" + string(kind) + "/" + id + "/") }

// ReferenceKey says that the record user refers to the record kind/id.
func ReferenceKey(kind Kind, id, user string) Key { return ReferencePrefix(kind, id) + Key(user) }

// TagsKey holds the tags of a resource.
func TagsKey(arn string) Key { return Key("tags/" + arn) }

// splitRecordKey is the inverse of RecordKey.
func splitRecordKey(k string) (kind Kind, id string, ok bool) {
	rest, ok := strings.CutPrefix(k, string(configPrefix))
	if !ok {
		return "", "", false
	}
	name, id, ok := strings.Cut(rest, "/")
	return Kind(name), id, ok
}
