package bucketpolicy

import "strings"

// knownKey reports whether a condition key, in lower case, is one AWS defines
// for every service or for S3. A key this store cannot fill is accepted all the
// same: it is absent from each request, as it is on AWS for a caller without it.
func knownKey(key string) bool {
	if keys[key] {
		return true
	}
	for _, prefix := range keyPrefixes {
		if rest, ok := strings.CutPrefix(key, prefix); ok && rest != "" {
			return true
		}
	}
	return false
}

// keyPrefixes are the families of keys that carry a name of the user's own.
var keyPrefixes = []string{
	"aws:principaltag/", "aws:resourcetag/", "aws:requesttag/",
	"s3:existingobjecttag/", "s3:requestobjecttag/", "s3:buckettag/", "s3:accesspointtag/",
}

var keys = func() map[string]bool {
	set := map[string]bool{}
	for _, k := range strings.Fields(globalKeys) {
		set["aws:"+strings.ToLower(k)] = true
	}
	for _, k := range strings.Fields(s3Keys) {
		set["s3:"+strings.ToLower(k)] = true
	}
	return set
}()

// globalKeys are AWS's global condition context keys.
const globalKeys = `
CalledVia CalledViaFirst CalledViaLast CurrentTime Ec2InstanceSourceVpc Ec2InstanceSourcePrivateIPv4
EpochTime FederatedProvider MultiFactorAuthAge MultiFactorAuthPresent PrincipalAccount PrincipalArn
PrincipalIsAWSService PrincipalOrgID PrincipalOrgPaths PrincipalServiceName PrincipalServiceNamesList
PrincipalType Referer RequestedRegion ResourceAccount ResourceOrgID ResourceOrgPaths SecureTransport
SourceAccount SourceArn SourceIdentity SourceIp SourceOrgID SourceOrgPaths SourceOwner SourceVpc
SourceVpcArn SourceVpce SourceVpceAccount SourceVpceOrgID SourceVpceOrgPaths TagKeys TokenIssueTime
UserAgent userid username ViaAWSService VpcSourceIp VpceAccount VpceOrgID VpceOrgPaths`

// s3Keys are S3's own condition keys (Service Authorization Reference).
const s3Keys = `
AccessGrantsInstanceArn AccessPointNetworkOrigin DataAccessPointAccount DataAccessPointArn
InventoryAccessibleOptionalFields JobSuspendedCause LocationConstraint ResourceAccount
RequestObjectTagKeys TlsVersion authType delimiter if-match if-none-match max-keys
object-lock-legal-hold object-lock-mode object-lock-remaining-retention-days
object-lock-retain-until-date prefix signatureAge signatureversion versionid x-amz-acl
x-amz-bucket-namespace x-amz-content-sha256 x-amz-copy-source x-amz-grant-full-control x-amz-grant-read
x-amz-grant-read-acp x-amz-grant-write x-amz-grant-write-acp x-amz-metadata-directive
x-amz-object-ownership x-amz-server-side-encryption x-amz-server-side-encryption-aws-kms-key-id
x-amz-server-side-encryption-customer-algorithm x-amz-storage-class x-amz-website-redirect-location`
