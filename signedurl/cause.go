package signedurl

// Cause is the stable name of a mistake.
type Cause string

// Nothing signed, or not where it is looked for.
const (
	CauseUnsigned           Cause = "unsigned"
	CauseS3Presigned        Cause = "s3-presigned"
	CauseHTMLAmpersand      Cause = "html-ampersand"
	CauseSecondQuestionMark Cause = "second-question-mark"
	CauseCutAtAmpersand     Cause = "cut-at-ampersand"
	CauseParameterName      Cause = "parameter-name"
	CauseParameterMissing   Cause = "parameter-missing"
	CausePlaceholder        Cause = "placeholder-value"
	CauseDuplicate          Cause = "duplicate"
	CauseCookiesShadowed    Cause = "cookies-shadowed"
)

// The key.
const (
	CauseKeyPlaceholder Cause = "key-id-placeholder"
	CauseAccessKey      Cause = "access-key-as-key-id"
	CauseKeyGroup       Cause = "key-group-as-key-id"
	CauseKeySpelling    Cause = "key-id-spelling"
	CauseKeyElsewhere   Cause = "key-not-trusted-here"
	CauseKeyUnknown     Cause = "key-unknown"
	CauseOtherKey       Cause = "signed-with-other-key"
	CauseKeyMismatch    Cause = "private-key-mismatch"
)

// Encodings of Signature, Policy, Hash-Algorithm and Expires.
const (
	CauseStandardBase64    Cause = "standard-base64"
	CauseURLSafeBase64     Cause = "url-safe-base64"
	CauseDoubleEncoding    Cause = "double-percent-encoding"
	CauseLineBreaks        Cause = "base64-line-breaks"
	CausePaddingLost       Cause = "base64-padding-lost"
	CauseValueCut          Cause = "value-cut"
	CauseHex               Cause = "hex-signature"
	CausePolicyNotEncoded  Cause = "policy-not-encoded"
	CauseHashName          Cause = "hash-name"
	CauseMilliseconds      Cause = "epoch-in-milliseconds"
	CauseEpochFraction     Cause = "epoch-fraction"
	CauseEpochString       Cause = "epoch-as-string"
	CauseEpochNotNumber    Cause = "epoch-not-a-number"
	CauseEpochAfter2038    Cause = "epoch-after-2038"
	CauseEpochDuration     Cause = "epoch-is-a-duration"
	CausePolicySyntax      Cause = "policy-syntax"
	CausePolicyNoExpiry    Cause = "policy-without-expiry"
	CausePolicyStatements  Cause = "policy-statements"
	CausePolicyBucket      Cause = "policy-is-a-bucket-policy"
	CausePolicyNames       Cause = "policy-member-names"
	CausePolicyAddress     Cause = "policy-address"
	CausePolicyStringified Cause = "policy-stringified-twice"
	CausePolicyTwice       Cause = "policy-encoded-twice"
)

// What was signed instead of what should have been.
const (
	CauseHashMarker       Cause = "hash-marker"
	CauseHashUnsupported  Cause = "hash-unsupported"
	CausePSS              Cause = "pss-padding"
	CauseRawECDSA         Cause = "raw-ecdsa-signature"
	CauseScheme           Cause = "other-scheme"
	CauseS3Host           Cause = "s3-host"
	CauseHost             Cause = "other-host"
	CausePort             Cause = "port"
	CausePath             Cause = "other-path"
	CausePathEncoding     Cause = "path-encoding"
	CauseQuery            Cause = "other-query"
	CauseQueryEncoding    Cause = "query-encoding"
	CauseCannedWildcard   Cause = "canned-wildcard"
	CauseWhiteSpace       Cause = "policy-white-space"
	CauseReserialised     Cause = "policy-reserialised"
	CauseEncodedSigned    Cause = "encoded-policy-signed"
	CauseExpiryDiffers    Cause = "expiry-differs"
	CauseTextUnknown      Cause = "other-text-signed"
	CauseResourceNotURL   Cause = "resource-not-a-url"
	CausePathReadings     Cause = "path-readings"
	CauseSignatureDamaged Cause = "signature-size"
)

// Dates, addresses, browsers.
const (
	CauseExpired        Cause = "expired"
	CauseNotYetValid    Cause = "not-yet-valid"
	CauseClock          Cause = "clock-skew"
	CauseAddress        Cause = "other-address"
	CauseAddressIPv6    Cause = "ipv6-viewer"
	CauseRevokedPolicy  Cause = "revoked-policy"
	CauseRevokedKey     Cause = "revoked-key"
	CauseRevokedPath    Cause = "revoked-resource"
	CauseCookieDomain   Cause = "set-cookie-domain"
	CauseCookiePath     Cause = "set-cookie-path"
	CauseCookieSecure   Cause = "set-cookie-secure"
	CauseCookieSameSite Cause = "set-cookie-same-site"
	CauseCookieLifetime Cause = "set-cookie-lifetime"
	CauseCookieMissing  Cause = "set-cookie-missing"
)
