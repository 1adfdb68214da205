package signedurl

import (
	"crypto/rsa"
	"encoding/hex"
	"fmt"
	"strings"
)

// key tells whether the key is trusted here.
func (e *explainer) key() {
	id := e.c.KeyPairID
	switch {
	case id == "":
		e.step(StepKey, NotChecked, "There is no key to look up.")
		return
	case e.q.Keys == nil:
		e.step(StepKey, NotChecked, "No public key was given to check %s with.", id)
		e.idShape(id)
		return
	}
	if e.trusted = e.q.Keys(id); e.trusted != nil {
		e.step(StepKey, OK, "%s is trusted here: %s.", id, describeKey(e.trusted))
		return
	}
	if known := e.known(id); known != nil {
		e.step(StepKey, Failed, "%s is not trusted here: the key is %s.", id, known.Where)
		e.find(CauseKeyElsewhere, fmt.Sprintf("The key %s exists, but this behavior does not trust it: it is %s.", id, known.Where),
			"Sign with a key that this behavior trusts, or let it trust this one: add the public key to one of its key groups, or activate the key pair.")
		return
	}
	e.step(StepKey, Failed, "%s is not the id of a key that is trusted here.", id)
	if !e.idShape(id) {
		e.misspelt(id)
	}
}

// unknownKey is about an id that nothing is known of.
func (e *explainer) unknownKey() {
	if e.trusted == nil && e.q.Keys != nil && e.c.KeyPairID != "" && !e.keyFound() {
		e.find(CauseKeyUnknown, fmt.Sprintf("No key with the id %s is known.", e.c.KeyPairID),
			"Sign with the id of a public key in the behavior's key groups (K…), or of an active key pair of a trusted signer (APKA…).")
	}
}

// keyFound reports whether there is a finding about the key already.
func (e *explainer) keyFound() bool {
	for _, id := range []Cause{CauseKeyPlaceholder, CauseAccessKey, CauseKeyGroup, CauseKeySpelling, CauseKeyElsewhere, CauseOtherKey} {
		if e.r.Found(id) {
			return true
		}
	}
	return false
}

func (e *explainer) known(id string) *KnownKey {
	for i := range e.q.Known {
		if e.q.Known[i].ID == id {
			return &e.q.Known[i]
		}
	}
	return nil
}

// idShape recognises ids of other things.
func (e *explainer) idShape(id string) bool {
	switch {
	case placeholder(id):
		e.find(CauseKeyPlaceholder, fmt.Sprintf("Key-Pair-Id is %q: the signer was given no key id.", id),
			"Pass the key id to the signer; check the name of the option and of the environment variable it comes from.")
	case strings.HasPrefix(id, "AKIA") || strings.HasPrefix(id, "ASIA"):
		e.find(CauseAccessKey, id+" looks like an access key of IAM, not like a CloudFront key.",
			"Pass the id of the public key (K…) or CloudFront key pair (APKA…) that belongs to the private key.")
	case len(id) == 36 && strings.Count(id, "-") == 4:
		e.find(CauseKeyGroup, id+" looks like the id of a key group.",
			"Pass the id of the public key in the group (K…), not of the group.")
	case strings.Contains(id, "BEGIN"):
		e.find(CauseKeySpelling, "Key-Pair-Id holds a PEM text.", "Pass the key's id (K… or APKA…), not the key.")
	default:
		return false
	}
	return true
}

// placeholder recognises what languages print for nothing.
func placeholder(s string) bool {
	switch strings.ToLower(s) {
	case "undefined", "null", "none", "nil", "nan", "false", "[object object]":
		return true
	}
	return false
}

// misspelt looks for a key whose id differs in case, blanks or quotes only.
func (e *explainer) misspelt(id string) {
	trimmed := strings.Trim(id, " \t\r\n\"'")
	candidates := []string{trimmed, strings.ToUpper(trimmed)}
	for _, k := range e.q.Known {
		if strings.EqualFold(k.ID, trimmed) {
			candidates = append(candidates, k.ID)
		}
	}
	for _, other := range candidates {
		if other != id && other != "" && (e.q.Keys(other) != nil || e.known(other) != nil) {
			e.find(CauseKeySpelling, fmt.Sprintf("Key-Pair-Id is %q; the key is called %s.", id, other),
				"Send the id exactly: ids are case-sensitive, and have no blanks or quotation marks around them.")
			return
		}
	}
}

func describeKey(k *PublicKey) string {
	sum := k.Fingerprint()
	kind := "ECDSA P-256"
	if key, ok := k.Crypto().(*rsa.PublicKey); ok {
		kind = fmt.Sprintf("RSA %d bits", key.N.BitLen())
	}
	return kind + ", fingerprint " + hex.EncodeToString(sum[:6])
}
