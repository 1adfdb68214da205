package signedurl_test

import (
	"crypto"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/warmfront/warmfront/signedurl"
)

// clock is when the tests of Explain take place, and until is an hour later.
var clock = time.Unix(1_800_000_000, 0)

const until = "1800003600"

// kit signs like programs do that get it wrong.
type kit struct {
	t       testing.TB
	public  *signedurl.PublicKey
	private crypto.Signer
	hash    signedurl.Hash
}

var sharedRSA = sync.OnceValues(func() (*signedurl.PublicKey, crypto.Signer) {
	var t testing.T
	public, private := newRSA(&t, 2048)
	return public, private
})

func rsaKit(t testing.TB) kit {
	public, private := sharedRSA()
	return kit{t: t, public: public, private: private}
}

func ecKit(t testing.TB) kit {
	public, private := newECDSA(t)
	return kit{t: t, public: public, private: private, hash: signedurl.SHA256}
}

const keyID = "K2JCJMDEHXQW5F"

// sign signs any text.
func (k kit) sign(text string) string { return signText(k.t, k.private, k.hash, text) }

func cannedText(resource, expires string) string {
	return `{"Statement":[{"Resource":"` + resource + `","Condition":{"DateLessThan":{"AWS:EpochTime":` + expires + `}}}]}`
}

// canned are the parameters of a canned policy for resource, whatever that is.
func (k kit) canned(resource string) string {
	return "Expires=" + until + "&Signature=" + k.sign(cannedText(resource, until)) + "&Key-Pair-Id=" + keyID
}

// custom are the parameters of a custom policy with any text.
func (k kit) custom(text string) string {
	return "Policy=" + encode([]byte(text)) + "&Signature=" + k.sign(text) + "&Key-Pair-Id=" + keyID
}

// cookies turns parameters into a Cookie field.
func cookies(params string) string {
	return "CloudFront-" + strings.ReplaceAll(params, "&", "; CloudFront-")
}

// ask is the question about a URL as typed into a browser.
func (k kit) ask(rawURL string) *signedurl.Question {
	k.t.Helper()
	r, err := signedurl.NewRequest(rawURL, "")
	if err != nil {
		k.t.Fatal(err)
	}
	return &signedurl.Question{Request: r, Keys: trusting(keyID, k.public), Viewer: netip.MustParseAddr("192.0.2.1"), Now: clock}
}

// askCookies is the question about a URL with a Cookie field.
func (k kit) askCookies(rawURL, cookie string) *signedurl.Question {
	q := k.ask(rawURL)
	q.Request.Cookie = cookie
	return q
}

// explain explains and checks what holds for every report.
func (k kit) explain(q *signedurl.Question) *signedurl.Report {
	k.t.Helper()
	r := signedurl.Explain(q)
	if err := consistent(q, r); err != nil {
		k.t.Fatal(err)
	}
	return r
}

// stepOf is the step that decides about a reason.
func stepOf(reason signedurl.Reason) signedurl.StepName {
	switch {
	case reason == signedurl.MissingKey:
		return signedurl.StepCredentials
	case reason == signedurl.UnknownKey:
		return signedurl.StepKey
	case reason <= signedurl.MalformedExpires:
		return signedurl.StepForm
	case reason <= signedurl.MalformedPolicyAddress:
		return signedurl.StepPolicy
	case reason == signedurl.SignatureMismatch:
		return signedurl.StepSignature
	case reason == signedurl.ResourceMismatch:
		return signedurl.StepResource
	case reason == signedurl.WrongAddress:
		return signedurl.StepAddress
	}
	return signedurl.StepDates
}

// consistent compares a report with Verify: the verdict, the reason, and the step that is the
// first to fail.
func consistent(q *signedurl.Question, r *signedurl.Report) error {
	_, err := signedurl.Verify(&q.Request, q.Keys, q.Viewer, q.Now)
	refusal, _ := err.(*signedurl.Refusal)
	failed := r.Failed()
	switch {
	case len(r.Steps) != 8:
		return fmt.Errorf("%d steps: %+v", len(r.Steps), r.Steps)
	case refusal == nil && (r.Verdict != signedurl.Admitted || r.Refusal != nil || failed != nil):
		return fmt.Errorf("admitted, and explained as %s: %+v", r.Verdict, r)
	case refusal == nil:
		return nil
	case r.Verdict != signedurl.Refused || r.Refusal == nil || r.Refusal.Reason != refusal.Reason.String():
		return fmt.Errorf("refused for %v, and explained as %s %+v", refusal.Reason, r.Verdict, r.Refusal)
	case failed == nil || failed.Name != stepOf(refusal.Reason):
		quotation := refusal.Reason == signedurl.SignatureMismatch && failed != nil && failed.Name == signedurl.StepForm
		if !quotation {
			return fmt.Errorf("refused for %v, but the first failed step is %+v of %+v", refusal.Reason, failed, r.Steps)
		}
	}
	if len(r.Findings) == 0 {
		return fmt.Errorf("refused for %v without a finding: %+v", refusal.Reason, r.Steps)
	}
	return nil
}
