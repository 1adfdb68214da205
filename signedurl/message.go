package signedurl

import (
	"strings"
	"time"
)

const (
	// MaxPolicyBytes bounds a decoded policy.
	MaxPolicyBytes = 8192
	// maxSignatureBytes bounds a decoded signature: RSA keys of 16384 bits.
	maxSignatureBytes = 2048

	// cannedHead is what stands before the URL in a canned policy.
	cannedHead = `{"Statement":[{"Resource":"`
)

// Hash is the digest under a signature. It is named by the request, not by the key.
type Hash uint8

const (
	// SHA1 is what a request without Hash-Algorithm means.
	SHA1 Hash = iota
	// SHA256 is marked by Hash-Algorithm=SHA256.
	SHA256
)

// String returns the value of the Hash-Algorithm parameter.
func (h Hash) String() string {
	if h == SHA256 {
		return "SHA256"
	}
	return "SHA1"
}

// Message is what was signed, and the signature. Its slices share the buffer given to Decode.
type Message struct {
	Hash Hash
	// Canned: the policy was rebuilt from the URL and the expiry. Otherwise it was sent.
	Canned bool
	// Policy is the signed text. For canned policies it holds the URL asked for, with Host as sent.
	Policy []byte
	// AltPolicy is the canned text with URL.AltHost, nil when there is none. It follows from
	// Policy and the server's own ports, so that remembering Policy is enough.
	AltPolicy []byte
	// Signature is raw: an RSA block, or ECDSA's ASN.1.
	Signature []byte

	expires int64 // seconds since the Unix epoch, canned only
}

// Decode turns the credentials into the text that was signed and its signature, appending both
// to buf[:0]. With room for a few kilobytes there it allocates nothing. Its refusals are about
// form: MissingSignature, MissingPolicy, UnknownHash, Undecodable… and MalformedExpires.
func (c *Credentials) Decode(buf []byte) (Message, error) {
	var m Message
	if c.fields[fieldSignature] == "" {
		return m, refuse(MissingSignature)
	}
	switch percentDecode(c.fields[fieldHash]) {
	case "", "SHA1":
	case "SHA256":
		m.Hash = SHA256
	default:
		return m, refuse(UnknownHash)
	}
	buf = buf[:0]
	var ok bool
	if buf, ok = appendDecoded(buf, c.fields[fieldSignature]); !ok || len(buf) > maxSignatureBytes {
		return m, refuse(UndecodableSignature)
	}
	m.Signature = buf
	switch {
	case c.fields[fieldPolicy] != "": // wins over Expires, which some signers send as well
		n := len(buf)
		if buf, ok = appendDecoded(buf, c.fields[fieldPolicy]); !ok || len(buf)-n > MaxPolicyBytes {
			return m, refuse(UndecodablePolicy)
		}
		m.Policy = buf[n:]
	case c.fields[fieldExpires] != "":
		err := c.rebuild(&m, buf)
		return m, err
	default:
		return m, refuse(MissingPolicy)
	}
	return m, nil
}

// PolicyTexts returns the texts that the credentials may have been signed over: the policy as
// sent, or the canned policy for Host as sent and, second, for AltHost. The signature is not
// looked at and may be missing. Refusals are Decode's.
func (c *Credentials) PolicyTexts() ([][]byte, error) {
	bare := *c
	bare.fields[fieldSignature], bare.fields[fieldHash] = "AA__", ""
	m, err := bare.Decode(nil)
	switch {
	case err != nil:
		return nil, err
	case m.AltPolicy != nil:
		return [][]byte{m.Policy, m.AltPolicy}, nil
	}
	return [][]byte{m.Policy}, nil
}

// rebuild writes the canned policy, which is never sent, behind the signature in buf.
func (c *Credentials) rebuild(m *Message, buf []byte) error {
	expires := percentDecode(c.fields[fieldExpires])
	var ok bool
	if m.expires, ok = epochDigits(expires); !ok {
		return refuse(MalformedExpires)
	}
	// A quotation mark would end the JSON string early and let a URL pose as a longer policy.
	u := &c.URL
	if strings.IndexByte(u.Host, '"') >= 0 || strings.IndexByte(u.Path, '"') >= 0 || strings.IndexByte(u.Query, '"') >= 0 {
		return refuse(SignatureMismatch)
	}
	m.Canned = true
	n := len(buf)
	buf = appendCanned(buf, u, u.Host, expires)
	m.Policy = buf[n:]
	if u.AltHost != "" {
		n = len(buf)
		buf = appendCanned(buf, u, u.AltHost, expires)
		m.AltPolicy = buf[n:]
	}
	return nil
}

func appendCanned(buf []byte, u *URL, host, expires string) []byte {
	buf = append(buf, cannedHead...)
	buf = append(buf, u.Scheme...)
	buf = append(buf, "://"...)
	buf = append(buf, host...)
	buf = append(buf, u.Path...)
	if u.Query != "" {
		buf = append(buf, '?')
		buf = append(buf, u.Query...)
	}
	buf = append(buf, `","Condition":{"DateLessThan":{"AWS:EpochTime":`...)
	buf = append(buf, expires...)
	return append(buf, `}}}]}`...)
}

// epochDigits reads a plain decimal number of at most 31 bits.
func epochDigits(s string) (int64, bool) {
	if s == "" || len(s) > 10 {
		return 0, false
	}
	var n int64
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int64(s[i]-'0')
	}
	return n, n <= maxEpoch
}

// VerifySignature checks the signature under key, with the hash the request names. It refuses
// with SignatureMismatch, and with UnknownKey when key is nil.
func (m *Message) VerifySignature(key *PublicKey) error {
	if key == nil {
		return refuse(UnknownKey)
	}
	if key.verify(m.Hash, m.Policy, m.Signature) ||
		m.AltPolicy != nil && key.verify(m.Hash, m.AltPolicy, m.Signature) {
		return nil
	}
	return refuse(SignatureMismatch)
}

// ParsePolicy returns the policy to evaluate. It means nothing before VerifySignature has
// accepted the message.
func (m *Message) ParsePolicy() (Policy, error) {
	if m.Canned {
		url := string(m.Policy[len(cannedHead):])
		return Policy{Canned: true, Resource: url[:strings.IndexByte(url, '"')], Expires: time.Unix(m.expires, 0)}, nil
	}
	return ParsePolicy(m.Policy)
}
