package signedurl

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// causeText is a finding about one of several values; cause has a %s for its name.
type causeText struct{ cause, fix string }

// encodingTexts explain what decodeOtherwise recognises.
var encodingTexts = map[Cause]causeText{
	CauseStandardBase64: {
		"%s is in standard base64 (it has +, / or =).",
		"Replace + by -, / by ~ and = by _ in what base64 gives.",
	},
	CauseURLSafeBase64: {
		"%s is in URL-safe base64 (RFC 4648), which is not CloudFront's: there _ stands for /, here it is the padding.",
		"Encode in standard base64 with padding, then replace + by -, / by ~ and = by _.",
	},
	CauseDoubleEncoding: {
		"%s is percent-encoded twice (it has %%25).",
		"Pass the URL on as the signer made it; something on the way encodes it again.",
	},
	CauseLineBreaks: {
		"%s has line breaks or blanks in it.",
		"Encode without line breaks (base64 -w0, openssl base64 -A), or take them out.",
	},
	CausePaddingLost: {
		"The padding of %s is lost.",
		"Keep the padding, and write it as _ in place of =.",
	},
	CauseHex: {
		"%s is in hexadecimal.",
		"Encode the raw bytes in base64, then replace + by -, / by ~ and = by _.",
	},
	CausePolicyNotEncoded: {
		"%s is sent as plain JSON.",
		"Encode it in base64, then replace + by -, / by ~ and = by _.",
	},
}

// decodeOtherwise reads a value in an encoding that CloudFront does not take. It returns nil
// when the value makes no sense in any.
func decodeOtherwise(value string, f field) ([]byte, Cause) {
	plain := percentDecode(value)
	if twice := percentDecode(plain); twice != plain && strings.Contains(value, "%25") {
		if b, ok := appendDecoded(nil, twice); ok {
			return b, CauseDoubleEncoding
		}
		plain = twice
	}
	if f == fieldPolicy && strings.HasPrefix(strings.TrimSpace(plain), "{") {
		if !json.Valid([]byte(plain)) {
			plain = strings.ReplaceAll(plain, "+", " ") // as forms write blanks
		}
		return []byte(strings.TrimSpace(plain)), CausePolicyNotEncoded
	}
	if joined := strings.Join(strings.Fields(plain), ""); joined != plain {
		if b, ok := appendDecoded(nil, joined); ok {
			return b, CauseLineBreaks
		}
		if strings.ContainsAny(plain, "\r\n") {
			plain = joined
		}
	}
	plain = strings.Trim(plain, "\"'")
	standard := strings.ReplaceAll(plain, " ", "+") // a form decoder turns + into a blank
	if strings.ContainsAny(standard, "+/=") && !strings.ContainsAny(standard, "-_~") {
		if b := fromBase64(base64.StdEncoding, standard); b != nil {
			return b, CauseStandardBase64
		}
	}
	return decodeAlphabets(plain, standard, f)
}

// decodeAlphabets tries the alphabets that share characters with CloudFront's.
func decodeAlphabets(plain, standard string, f field) ([]byte, Cause) {
	if f == fieldSignature && len(plain) >= 128 {
		if b, err := hex.DecodeString(plain); err == nil {
			return b, CauseHex
		}
	}
	if b, ok := appendDecoded(nil, plain+strings.Repeat("_", (4-len(plain)%4)%4)); ok && len(plain)%4 != 1 {
		return b, CausePaddingLost
	}
	if b := fromBase64(base64.URLEncoding, plain); b != nil {
		return b, CauseURLSafeBase64
	}
	// A mixture: some characters replaced, others not.
	if b := fromBase64(base64.StdEncoding, strings.NewReplacer("-", "+", "~", "/", "_", "=").Replace(standard)); b != nil {
		return b, CauseStandardBase64
	}
	return nil, CauseValueCut
}

// fromBase64 decodes with or without padding.
func fromBase64(enc *base64.Encoding, s string) []byte {
	s = strings.TrimRight(s, "=")
	b, err := enc.WithPadding(base64.NoPadding).DecodeString(s)
	if err != nil || len(b) == 0 {
		return nil
	}
	return b
}
