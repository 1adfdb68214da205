package control

import (
	"net/http"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

// answers are the API's codes and texts for what can be wrong with one kind of resource.
type answers struct {
	noun           string
	missing        string // code: the resource asked for does not exist
	exists         string // code: its name or caller reference is taken
	inUse          string // code: it cannot be deleted
	dangling       string // code: another resource names it and it does not exist
	danglingPhrase string
}

func answersOf(kind state.Kind) answers {
	switch kind {
	case state.KindDistribution:
		return answers{noun: "distribution", missing: "NoSuchDistribution", exists: "DistributionAlreadyExists", dangling: "NoSuchDistribution"}
	case state.KindInvalidation:
		return answers{noun: "invalidation", missing: "NoSuchInvalidation", exists: "InvalidationBatchAlreadyExists"}
	case state.KindOriginAccessIdentity:
		return answers{
			noun: "origin access identity", missing: "NoSuchCloudFrontOriginAccessIdentity",
			exists: "CloudFrontOriginAccessIdentityAlreadyExists", inUse: "CloudFrontOriginAccessIdentityInUse",
			dangling: "InvalidOriginAccessIdentity", danglingPhrase: "The origin access identity is not valid or doesn't exist",
		}
	case state.KindOriginAccessControl:
		return answers{
			noun: "origin access control", missing: "NoSuchOriginAccessControl",
			exists: "OriginAccessControlAlreadyExists", inUse: "OriginAccessControlInUse",
			dangling: "InvalidOriginAccessControl", danglingPhrase: "The origin access control is not valid or doesn't exist",
		}
	case state.KindPublicKey:
		return answers{
			noun: "public key", missing: "NoSuchPublicKey", exists: "PublicKeyAlreadyExists", inUse: "PublicKeyInUse",
			dangling: "InvalidArgument", danglingPhrase: "One or more of the public keys don't exist",
		}
	case state.KindKeyGroup:
		return answers{
			noun: "key group", missing: "NoSuchResource", exists: "KeyGroupAlreadyExists", inUse: "ResourceInUse",
			dangling: "TrustedKeyGroupDoesNotExist", danglingPhrase: "The specified key group doesn't exist",
		}
	case state.KindCachePolicy:
		return policyAnswers("cache policy", "CachePolicy")
	case state.KindOriginRequestPolicy:
		return policyAnswers("origin request policy", "OriginRequestPolicy")
	case state.KindResponseHeadersPolicy:
		return policyAnswers("response headers policy", "ResponseHeadersPolicy")
	case state.KindRevocation:
		return answers{noun: "revocation", missing: "NoSuchRevocation", exists: "RevocationAlreadyExists"}
	case state.KindKeyPair:
		return answers{noun: "key pair", missing: "NoSuchKeyPair"}
	case state.KindAccessKey:
		return answers{noun: "access key", missing: "NoSuchAccessKey"}
	}
	return answers{noun: "resource", missing: "NoSuchResource", exists: "EntityAlreadyExists", inUse: "ResourceInUse", dangling: "InvalidArgument", danglingPhrase: "A resource doesn't exist"}
}

func policyAnswers(noun, name string) answers {
	return answers{
		noun: noun, missing: "NoSuch" + name, exists: name + "AlreadyExists", inUse: name + "InUse",
		dangling: "NoSuch" + name, danglingPhrase: "The specified " + noun + " does not exist",
	}
}

func missing(kind state.Kind) error {
	a := answersOf(kind)
	err := cloudfront.Errorf(a.missing, "The specified %s does not exist.", a.noun)
	err.Status = http.StatusNotFound
	return err
}

func inUse(kind state.Kind) error {
	a := answersOf(kind)
	return cloudfront.Errorf(a.inUse, "Cannot delete the %s because it is in use.", a.noun)
}

func danglingReference(kind state.Kind, id string) error {
	a := answersOf(kind)
	if kind == state.KindDistribution {
		return missing(kind)
	}
	return cloudfront.Errorf(a.dangling, "%s: %q.", a.danglingPhrase, id)
}

// takenError is the cause of an error about a caller reference in use.
type takenError struct{ holder string } // id of the resource made under it

func (e *takenError) Error() string { return "held by " + e.holder }

// taken is the answer to a caller reference in use. Scripts read the id at the end of the
// distribution's text.
func taken(kind state.Kind, holder string) error {
	a := answersOf(kind)
	err := cloudfront.Errorf(a.exists, "The caller reference that you are using to create a %s is associated with another %s. Already exists: %s", a.noun, a.noun, holder)
	err.Status, err.Err = http.StatusConflict, &takenError{holder}
	return err
}

// nameTaken is the answer to a name in use.
func nameTaken(kind state.Kind, holder string) error {
	a := answersOf(kind)
	err := cloudfront.Errorf(a.exists, "A %s with this name already exists: %s", a.noun, holder)
	err.Status = http.StatusConflict
	return err
}
