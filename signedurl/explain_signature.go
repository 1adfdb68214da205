package signedurl

import (
	"crypto"
	"fmt"
	"strings"
)

// signature tells whether the signature verifies, and if not, what it was made for.
func (e *explainer) signature() {
	defer e.unknownKey()
	if !e.decoded {
		e.step(StepSignature, NotChecked, "There is nothing to verify.")
		return
	}
	key, under := e.trusted, e.c.KeyPairID
	if known := e.known(e.c.KeyPairID); key == nil && known != nil {
		key, under = known.Key, e.c.KeyPairID+", which is not trusted here"
	}
	if key == nil {
		e.step(StepSignature, NotChecked, "Without the key it cannot be verified.")
		e.otherKeys()
		return
	}
	if e.m.VerifySignature(key) == nil {
		once := ""
		if e.repaired {
			once = ", once that is put right,"
		}
		e.step(StepSignature, OK, "It verifies with %s%s under %s.", e.m.Hash, once, under)
		return
	}
	w := newWitness(key, e.m.Signature)
	switch {
	case !w.certain():
		e.step(StepSignature, Failed, "It is not a %s signature over this policy by the key %s.", e.m.Hash, under)
	case w.digest != nil:
		e.step(StepSignature, Failed, "It was made with the right private key, but not over this policy with %s.", e.m.Hash)
	default:
		e.step(StepSignature, Failed, "It was not made with the private key of %s.", under)
	}
	e.whatWasSigned(w)
}

// whatWasSigned finds the text, hash or key that the signature is good for.
func (e *explainer) whatWasSigned(w *witness) {
	if e.guessed(w) || e.wrongForm(w) || e.otherKeys() {
		return
	}
	if w.digest != nil {
		e.find(CauseTextUnknown, fmt.Sprintf("The private key is the right one (the signature holds a %s digest made with it), but the text it signed is none that could be guessed.", w.algorithm),
			"Print the exact text that is signed and compare it with the policy above, byte by byte: URL, expiry, white space.")
		return
	}
	cause := "The signature was not made with the private half of this public key."
	if !w.certain() {
		cause = "Nothing that may have been signed verifies under this public key: most likely it was signed with another private key."
	}
	e.find(CauseKeyMismatch, cause,
		"Derive the public key from the private key in use (openssl pkey -in private.pem -pubout) and compare it with the one registered under "+e.c.KeyPairID+".")
}

// guessed tries the texts that people sign by mistake.
func (e *explainer) guessed(w *witness) bool {
	if w.certain() && w.digest == nil {
		return false
	}
	found := false
	try := func(g guess) bool {
		hash, ok := w.signed(g.text)
		if !ok {
			return true
		}
		found = true
		e.explainHash(hash)
		e.explainDeviations(g)
		if len(g.deviations) > 0 {
			e.r.Difference = differ(string(e.m.Policy), string(g.text))
		}
		return false
	}
	budget := 6000
	if !w.certain() {
		budget = 1000 // each costs two verifications
	}
	limited := func(g guess) bool {
		budget--
		return budget >= 0 && try(g)
	}
	if e.m.Canned {
		e.cannedGuesses(limited)
	} else {
		e.customGuesses(limited)
	}
	return found
}

// explainDeviations adds a finding for each deviation of a guess that proved right; the scheme,
// which is wrong beside greater mistakes, comes last.
func (e *explainer) explainDeviations(g guess) {
	resource, _, _ := strings.Cut(strings.TrimPrefix(string(g.text), cannedHead), `"`)
	for _, last := range []bool{false, true} {
		for _, d := range g.deviations {
			if (d.id == CauseScheme) == last {
				e.find(d.id, strings.ReplaceAll(d.cause, "{resource}", resource), d.fix)
			}
		}
	}
}

// explainHash adds a finding when the hash signed with is not the one the request names.
func (e *explainer) explainHash(h crypto.Hash) {
	switch {
	case h == crypto.SHA1 && e.m.Hash == SHA256:
		e.find(CauseHashMarker, "It was signed with SHA-1, but Hash-Algorithm says SHA256.", "Leave Hash-Algorithm out, or sign with SHA-256.")
	case h == crypto.SHA256 && e.m.Hash == SHA1:
		where := "&Hash-Algorithm=SHA256 to the URL"
		if e.c.Source == FromCookies {
			where = "the cookie CloudFront-Hash-Algorithm=SHA256"
		}
		e.find(CauseHashMarker, "It was signed with SHA-256, but the request does not say so, which means SHA-1.",
			"Add "+where+", or sign with SHA-1.")
	case h != crypto.SHA1 && h != crypto.SHA256:
		e.find(CauseHashUnsupported, fmt.Sprintf("It was signed with %s, which CloudFront does not know.", h), "Sign with SHA-1, or with SHA-256 and Hash-Algorithm=SHA256.")
	}
}

// wrongForm recognises signatures of another form.
func (e *explainer) wrongForm(w *witness) bool {
	size := len(w.signature)
	switch {
	case w.key.rsa != nil && w.pss(e.m.Policy):
		e.find(CausePSS, "It is an RSASSA-PSS signature.", "Sign with RSASSA-PKCS1-v1_5 (in KMS: RSASSA_PKCS1_V1_5_SHA_256, with Hash-Algorithm=SHA256).")
	case w.key.rsa != nil && size != w.key.rsa.Size():
		e.find(CauseSignatureDamaged, fmt.Sprintf("The signature has %d bytes, and this key makes signatures of %d: it is of another key, or cut.", size, w.key.rsa.Size()),
			"Sign with the private half of "+e.c.KeyPairID+", and send the whole signature.")
		e.otherKeys()
	case w.key.ecdsa != nil && size == 64:
		der := newWitness(w.key, fromP1363(w.signature))
		if _, ok := der.signed(e.m.Policy); !ok && !e.guessed(der) {
			return false
		}
		e.find(CauseRawECDSA, "It is an ECDSA signature in raw form (IEEE P1363: r and s side by side).",
			"Write it in ASN.1 DER, which is what OpenSSL gives; in Node: dsaEncoding: 'der'.")
	case w.key.ecdsa != nil && size > 72:
		e.find(CauseSignatureDamaged, fmt.Sprintf("The signature has %d bytes: it is not one of an ECDSA key.", size),
			"Sign with the private half of "+e.c.KeyPairID+".")
		e.otherKeys()
	default:
		return false
	}
	return true
}

// otherKeys looks for a known key that made the signature.
func (e *explainer) otherKeys() bool {
	for i := range e.q.Known {
		k := &e.q.Known[i]
		if k.ID == e.c.KeyPairID || k.Key == nil {
			continue
		}
		w := newWitness(k.Key, e.m.Signature)
		if _, ok := w.signed(e.m.Policy); ok || w.digest != nil {
			e.find(CauseOtherKey, fmt.Sprintf("It was signed with the private key of %s (%s), but the request names %s.", k.ID, k.Where, e.c.KeyPairID),
				fmt.Sprintf("Send Key-Pair-Id=%s, if that key is trusted here; otherwise sign with the private half of %s.", k.ID, e.c.KeyPairID))
			return true
		}
	}
	return false
}

// differ finds where two texts part.
func differ(expected, signed string) *Difference {
	start, n := 0, min(len(expected), len(signed))
	for start < n && expected[start] == signed[start] {
		start++
	}
	end := 0
	for end < n-start && expected[len(expected)-1-end] == signed[len(signed)-1-end] {
		end++
	}
	return &Difference{
		Expected: expected, Signed: signed, Offset: start,
		ExpectedPart: expected[start : len(expected)-end], SignedPart: signed[start : len(signed)-end],
	}
}
