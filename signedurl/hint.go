package signedurl

// hints say what to do about each Reason.
var hints = [...]string{
	MissingKey:               "Sign the URL, or send the signed cookies; a query with a reserved name hides cookies.",
	UnknownKey:               "Sign with a key of the behavior's key groups, or an active key pair of its trusted signer.",
	MissingSignature:         "Send the parameter or cookie Signature too.",
	MissingPolicy:            "Send Expires (canned policy) or Policy (custom policy) too.",
	UnknownHash:              "Write Hash-Algorithm=SHA256 or leave it out.",
	UndecodableSignature:     "Encode in base64, then replace + by -, / by ~ and = by _; look for a second percent-encoding.",
	UndecodablePolicy:        "Encode in base64, then replace + by -, / by ~ and = by _; look for a second percent-encoding.",
	MalformedExpires:         "Give Expires in whole seconds since 1970, not in milliseconds.",
	MalformedPolicyJSON:      "Let a JSON library write the policy.",
	MalformedPolicyStatement: "Write exactly one statement.",
	MalformedPolicyResource:  "Write Resource as a string.",
	MalformedPolicyCondition: "Write Condition as an object of objects.",
	MalformedPolicyExpiry:    "Every policy needs DateLessThan.",
	MalformedPolicyDate:      "Write AWS:EpochTime as a number of seconds: no quotation marks, no milliseconds.",
	MalformedPolicyAddress:   "Write AWS:SourceIp as one address or CIDR network.",
	SignatureMismatch:        "Compare scheme, host, path and query that were signed with the URL above, and the private key with the public one.",
	ResourceMismatch:         "Sign for this URL: Resource must cover its scheme, host, path and query.",
	Expired:                  "Sign again; compare the signer's clock with UTC.",
	NotYetValid:              "Wait, or sign with an earlier DateGreaterThan.",
	WrongAddress:             "Sign for the address that the edge sees, or without one.",
	RevokedPolicy:            "Sign again with another expiry, or delete the revocation.",
	RevokedKey:               "Sign with another key or, if the revocation has a date, with a later expiry; or delete the revocation.",
	RevokedResource:          "Wait until the revocation ends, or delete it.",
}

// Hint says what the signer's owner can do about a refusal, in a sentence.
func (r Reason) Hint() string {
	if int(r) >= len(hints) {
		return ""
	}
	return hints[r]
}
