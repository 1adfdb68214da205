package bucketpolicy

import (
	"encoding/json"
	"strings"
)

// actionSet is a statement's Action or NotAction. Action names compare without
// regard to case.
type actionSet struct {
	not      bool
	patterns []pattern
}

func parseActions(raw json.RawMessage) (actionSet, error) {
	var set actionSet
	names, err := stringList(raw)
	if err != nil {
		return set, malformed("Invalid policy syntax.")
	}
	if len(names) == 0 {
		return set, malformed("Action cannot be empty!")
	}
	for _, name := range names {
		p := compile(strings.ToLower(name), false)
		if len(p.known()) == 0 {
			return set, malformed("Policy has invalid action")
		}
		set.patterns = append(set.patterns, p)
	}
	return set, nil
}

func (set *actionSet) match(action string) bool {
	action = strings.ToLower(action)
	for i := range set.patterns {
		if glob(set.patterns[i].parts, action) {
			return !set.not
		}
	}
	return set.not
}

// known lists the S3 actions a pattern stands for.
func (p *pattern) known() []action {
	var out []action
	for _, a := range actions {
		if glob(p.parts, a.lower) {
			out = append(out, a)
		}
	}
	return out
}

// checkApplicable refuses an action that no resource of its statement can be
// subject to: an object action needs an object resource, a bucket action the
// bucket itself.
func (s *statement) checkApplicable() error {
	if s.actions.not || s.resources.not {
		return nil
	}
	var buckets, objects bool
	for i := range s.resources.patterns {
		b, o := s.resources.patterns[i].levels()
		buckets, objects = buckets || b, objects || o
	}
	for i := range s.actions.patterns {
		fits := false
		for _, a := range s.actions.patterns[i].known() {
			if a.object && objects || !a.object && buckets {
				fits = true
				break
			}
		}
		if !fits {
			return malformed("Action does not apply to any resource(s) in statement")
		}
	}
	return nil
}

// keyActions are the condition keys that exist for some actions only.
var keyActions = map[string][]string{
	"s3:prefix":    {"s3:listbucket", "s3:listbucketversions"},
	"s3:delimiter": {"s3:listbucket", "s3:listbucketversions"},
	"s3:max-keys":  {"s3:listbucket", "s3:listbucketversions"},
	"s3:x-amz-acl": {"s3:putobject", "s3:putobjectacl", "s3:putobjectversionacl", "s3:putbucketacl"},
}

// checkConditionKeys refuses a condition on a key that an action named in full
// can never have.
func (s *statement) checkConditionKeys() error {
	if s.actions.not {
		return nil
	}
	for i := range s.conditions {
		allowed := keyActions[s.conditions[i].key]
		for j := range s.actions.patterns {
			p := &s.actions.patterns[j]
			if allowed != nil && !p.wild() && !contains(allowed, p.source) {
				return malformed("Conditions do not apply to combination of actions and resources in statement")
			}
		}
	}
	return nil
}

// action is one S3 action a bucket policy may name.
type action struct {
	name   string
	lower  string
	object bool // acts on an object, not on the bucket
}

// actions are those of the Service Authorization Reference for S3 whose
// resource type is a bucket or an object. Account-level ones, like
// s3:ListAllMyBuckets and s3:CreateBucket, cannot be granted by a bucket.
var actions = func() []action {
	var all []action
	for _, name := range strings.Fields(bucketActions) {
		all = append(all, action{name, strings.ToLower("s3:" + name), false})
	}
	for _, name := range strings.Fields(objectActions) {
		all = append(all, action{name, strings.ToLower("s3:" + name), true})
	}
	return all
}()

const bucketActions = `
DeleteBucket DeleteBucketPolicy DeleteBucketWebsite GetAccelerateConfiguration GetAnalyticsConfiguration
GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging GetBucketNotification
GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy GetBucketPolicyStatus
GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite
GetEncryptionConfiguration GetIntelligentTieringConfiguration GetInventoryConfiguration
GetLifecycleConfiguration GetMetricsConfiguration GetReplicationConfiguration ListBucket
ListBucketMultipartUploads ListBucketVersions PutAccelerateConfiguration PutAnalyticsConfiguration
PutBucketAcl PutBucketCORS PutBucketLogging PutBucketNotification PutBucketObjectLockConfiguration
PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock PutBucketRequestPayment
PutBucketTagging PutBucketVersioning PutBucketWebsite PutEncryptionConfiguration
PutIntelligentTieringConfiguration PutInventoryConfiguration PutLifecycleConfiguration
PutMetricsConfiguration PutReplicationConfiguration`

const objectActions = `
AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectTagging DeleteObjectVersion
DeleteObjectVersionTagging GetObject GetObjectAcl GetObjectAttributes GetObjectLegalHold GetObjectRetention
GetObjectTagging GetObjectTorrent GetObjectVersion GetObjectVersionAcl GetObjectVersionAttributes
GetObjectVersionForReplication GetObjectVersionTagging GetObjectVersionTorrent
ListMultipartUploadParts ObjectOwnerOverrideToBucketOwner PutObject PutObjectAcl PutObjectLegalHold
PutObjectRetention PutObjectTagging PutObjectVersionAcl PutObjectVersionTagging ReplicateDelete
ReplicateObject ReplicateTags RestoreObject`
