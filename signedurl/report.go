package signedurl

import "time"

// Verdict is the outcome of Explain.
type Verdict string

// The verdicts.
const (
	// Admitted and Refused are what Verify decides.
	Admitted Verdict = "admitted"
	Refused  Verdict = "refused"
	// Undecided: nothing refuses the request, but the key or the viewer's address was not
	// given.
	Undecided Verdict = "undecided"
)

// StepName names one step of verification.
type StepName string

// The steps, in the order Verify takes them. Names are stable.
const (
	StepCredentials StepName = "credentials" // a signature is there: in the query, else in cookies
	StepKey         StepName = "key"         // its key is trusted here
	StepForm        StepName = "form"        // its parts are complete and can be decoded
	StepSignature   StepName = "signature"   // it verifies
	StepPolicy      StepName = "policy"      // the policy can be read
	StepResource    StepName = "resource"    // the policy covers the URL
	StepDates       StepName = "dates"       // now lies between its dates
	StepAddress     StepName = "address"     // the viewer's address is in its network
)

// Outcome is how one step ended.
type Outcome string

// The outcomes of steps.
const (
	OK         Outcome = "ok"
	Failed     Outcome = "failed"
	NotChecked Outcome = "not-checked"
)

// Step is one step of verification. Steps behind the one that decides are taken as well, as far
// as that makes sense: they tell what else is wrong.
type Step struct {
	Name    StepName `json:"name"`
	Outcome Outcome  `json:"outcome"`
	Detail  string   `json:"detail"` // one or two sentences for people
}

// Finding is a mistake that Explain recognises.
type Finding struct {
	ID    Cause  `json:"id"`
	Cause string `json:"cause"` // for people: what is wrong with this request
	Fix   string `json:"fix"`   // for people: what to do
}

// Report is the answer of Explain. Its JSON form is stable: members may be added. It holds no
// signature.
type Report struct {
	Verdict Verdict      `json:"verdict"`
	Refusal *RefusalNote `json:"refusal,omitempty"` // set when refused
	// URL is what the request asks for, without signing parameters: what canned policies name.
	URL        string      `json:"url"`
	Source     string      `json:"source"` // "query", "cookies" or "none"
	Parameters []Parameter `json:"parameters"`
	KeyPairID  string      `json:"keyPairId,omitempty"`
	Hash       string      `json:"hash,omitempty"`
	Policy     *PolicyNote `json:"policy,omitempty"`
	// Difference is set when the signature was made for another text than the policy.
	Difference *Difference `json:"difference,omitempty"`
	Sections   []Section   `json:"sections,omitempty"` // of Resource, compared one by one
	Window     *Window     `json:"window,omitempty"`
	Viewer     string      `json:"viewer,omitempty"`
	Steps      []Step      `json:"steps"`
	Findings   []Finding   `json:"findings"` // the likeliest first
}

// RefusalNote is a Refusal in a Report.
type RefusalNote struct {
	Reason  string `json:"reason"`  // name of the Reason
	Code    string `json:"code"`    // what the viewer is told
	Message string `json:"message"` // likewise
	Text    string `json:"text"`    // the reason in one clause
}

// Parameter is a reserved query parameter or cookie that was found.
type Parameter struct {
	Name  string `json:"name"`
	In    string `json:"in"`    // "query" or "cookies"
	Value string `json:"value"` // as sent; long values are cut and signatures left out
	Used  bool   `json:"used"`
}

// PolicyNote shows the policy of a request.
type PolicyNote struct {
	Kind string `json:"kind"` // "canned" or "custom"
	// Repaired: the request's form is wrong, and this is what it was meant to be.
	Repaired bool `json:"repaired,omitempty"`
	// Sent is the decoded Policy; empty for canned policies, which are not sent.
	Sent string `json:"sent,omitempty"`
	// Canonical is the text as the edge rebuilds it: for canned policies the very bytes that
	// must have been signed.
	Canonical string `json:"canonical,omitempty"`
	Resource  string `json:"resource,omitempty"`
	Network   string `json:"network,omitempty"`
}

// Difference sets what was signed beside what should have been.
type Difference struct {
	Expected string `json:"expected"`
	Signed   string `json:"signed"`
	// Offset is where they part, in bytes; ExpectedPart and SignedPart is what differs from
	// there on, without the common end.
	Offset       int    `json:"offset"`
	ExpectedPart string `json:"expectedPart"`
	SignedPart   string `json:"signedPart"`
}

// Section is one section of Resource beside the URL's.
type Section struct {
	Name    string `json:"name"` // "protocol", "domain", "path" or "query"
	Pattern string `json:"pattern"`
	Value   string `json:"value"`
	Match   bool   `json:"match"`
}

// Window is when a policy holds.
type Window struct {
	Starts    *time.Time `json:"starts,omitempty"`
	Expires   time.Time  `json:"expires"`
	Now       time.Time  `json:"now"`
	ExpiresIn float64    `json:"expiresIn"`          // seconds from now, negative once expired
	StartsIn  float64    `json:"startsIn,omitempty"` // seconds from now, negative once begun
}

// Overrule makes a report of what Verify admits one of a refusal: servers may ask for more.
func (r *Report) Overrule(refusal *Refusal, f Finding) {
	r.Verdict, r.Refusal = Refused, noteOf(refusal)
	r.Findings = append([]Finding{f}, r.Findings...)
}

func noteOf(r *Refusal) *RefusalNote {
	return &RefusalNote{Reason: r.Reason.String(), Code: r.Code(), Message: r.Message(), Text: r.entry().text}
}

// Failed returns the first step that failed, nil when none did.
func (r *Report) Failed() *Step {
	for i := range r.Steps {
		if r.Steps[i].Outcome == Failed {
			return &r.Steps[i]
		}
	}
	return nil
}

// Found reports whether the report has a finding.
func (r *Report) Found(id Cause) bool {
	for _, f := range r.Findings {
		if f.ID == id {
			return true
		}
	}
	return false
}
