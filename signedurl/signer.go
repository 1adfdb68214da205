package signedurl

import (
	"crypto"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Signer makes signed URLs and cookies with one private key. Its errors are about the caller's
// input, never *Refusal.
type Signer struct {
	// KeyID is the public key id (K…) or the key pair id (APKA…) that the verifier knows.
	KeyID string
	// PrivateKey is RSA, or ECDSA on P-256. It may live in a hardware module.
	PrivateKey crypto.Signer
	// Hash is SHA1 unless set: what every verifier takes. SHA256 is newer.
	Hash Hash
}

// SignURL returns rawURL with the signing parameters added behind its own. With only p.Expires
// set the policy is canned: shorter, and good for exactly this URL. With Resource, Starts or
// SourceIP it is custom; Resource must then cover rawURL, and is rawURL when empty.
//
// rawURL must be absolute http or https, percent-encoded, without a fragment, and free of the
// five reserved parameter names. It is written as viewers send it: scheme and host in lower case,
// no default port, "/" for a missing path, no "?" without a query.
func (s *Signer) SignURL(rawURL string, p Policy) (string, error) {
	u, err := splitURL(rawURL)
	if err != nil {
		return "", err
	}
	if _, reserved := StripQuery(u.Query); reserved {
		return "", errors.New("signedurl: the URL already has a parameter named Expires, Policy, Signature, Key-Pair-Id or Hash-Algorithm")
	}
	plain := u.String()
	p.Canned = p.Canned || p.Resource == "" && p.Starts.IsZero() && !p.SourceIP.IsValid()
	if p.Resource == "" {
		p.Resource = plain
	} else if p.Canned && p.Resource != plain {
		return "", errors.New("signedurl: a canned policy is for the URL itself, not for another resource")
	} else if !MatchResource(p.Resource, u.Scheme, u.Host, u.Path, u.Query) {
		return "", fmt.Errorf("signedurl: the resource %q does not cover the URL", p.Resource)
	}
	v, err := s.sign(p)
	if err != nil {
		return "", err
	}
	separator := "?"
	if u.Query != "" {
		separator = "&"
	}
	out := plain + separator + v.policyName + "=" + v.policy + "&Signature=" + v.signature + "&Key-Pair-Id=" + s.KeyID
	if s.Hash == SHA256 {
		out += "&Hash-Algorithm=SHA256"
	}
	return out, nil
}

// SignCookies returns the cookies that admit requests under p: three, or four with SHA256.
// p.Resource is required. It is a pattern, unless p.Canned is set: then it is the one URL that
// the cookies are good for.
//
// Path is "/", HttpOnly is set, and so is Secure unless the resource is plain http. Set Domain
// to the distribution's alternate domain name when the application answers under another host;
// leave Expires and Max-Age unset, so that the browser forgets them when it closes.
func (s *Signer) SignCookies(p Policy) ([]*http.Cookie, error) {
	if p.Resource == "" {
		return nil, errors.New("signedurl: cookies need a resource")
	}
	if p.Canned {
		u, err := splitURL(p.Resource)
		if err != nil {
			return nil, err
		}
		p.Resource = u.String()
	}
	v, err := s.sign(p)
	if err != nil {
		return nil, err
	}
	pairs := [][2]string{{v.policyName, v.policy}, {"Signature", v.signature}, {"Key-Pair-Id", s.KeyID}}
	if s.Hash == SHA256 {
		pairs = append(pairs, [2]string{"Hash-Algorithm", "SHA256"})
	}
	var cookies []*http.Cookie
	for _, pair := range pairs {
		cookies = append(cookies, &http.Cookie{
			Name: "CloudFront-" + pair[0], Value: pair[1], Path: "/",
			HttpOnly: true, Secure: !strings.HasPrefix(p.Resource, "http://"),
		})
	}
	return cookies, nil
}

// signed is what SignURL and SignCookies write out.
type signed struct{ policyName, policy, signature string }

func (s *Signer) sign(p Policy) (signed, error) {
	if err := s.check(p); err != nil {
		return signed{}, err
	}
	text := p.JSON()
	var digest []byte
	id := crypto.SHA1
	if s.Hash == SHA256 {
		sum := sha256.Sum256(text)
		digest, id = sum[:], crypto.SHA256
	} else {
		sum := sha1.Sum(text)
		digest = sum[:]
	}
	raw, err := s.PrivateKey.Sign(rand.Reader, digest, id)
	if err != nil {
		return signed{}, fmt.Errorf("signedurl: sign: %w", err)
	}
	v := signed{policyName: "Policy", signature: encoder.EncodeToString(raw)}
	if p.Canned {
		v.policyName, v.policy = "Expires", fmt.Sprint(p.Expires.Unix())
	} else {
		v.policy = encoder.EncodeToString(text)
	}
	return v, nil
}
