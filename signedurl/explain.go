package signedurl

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// Question is a request to be explained, with what Verify needs and what helps beyond it.
type Question struct {
	Request Request
	// Keys are the keys trusted for this request, as for Verify. nil: none is at hand, and
	// signatures are not checked.
	Keys func(keyPairID string) *PublicKey
	// Viewer is the viewer's address; the zero Addr means it is not known.
	Viewer netip.Addr
	Now    time.Time

	// Known are further keys, not trusted for this request.
	Known []KnownKey
	// Hosts are names that may have been signed instead of the request's own: the
	// distribution's domain, its aliases, its origins.
	Hosts []string
	// SetCookies are Set-Cookie fields as the application sent them, and SetFrom is the URL it
	// sent them from; both may be empty.
	SetCookies []string
	SetFrom    string
}

// KnownKey is a key that exists but is not trusted for a request.
type KnownKey struct {
	ID  string
	Key *PublicKey
	// Where completes the sentence "the key is …", as in "trusted by behavior /a/* of E1" or
	// "inactive".
	Where string
}

// Explain takes every step of Verify, tells how each ended, and recognises known mistakes. The
// verdict is Verify's own whenever Question has Keys and a Viewer. It may verify a few thousand
// guesses at what was signed, which takes tens of milliseconds: it is for people, not for the
// path of requests.
func Explain(q *Question) *Report {
	e := &explainer{q: q, r: &Report{Parameters: []Parameter{}, Steps: []Step{}, Findings: []Finding{}}}
	e.c, _ = Parse(&q.Request)
	e.judge()
	e.credentials()
	e.key()
	e.form()
	e.signature()
	e.policy()
	e.resource()
	e.dates()
	e.address()
	e.setCookies()
	return e.r
}

// explainer is the state of one Explain.
type explainer struct {
	q *Question
	r *Report

	c       Credentials
	trusted *PublicKey // nil when none is
	// m is what was sent, or what it was meant to be: where the form is wrong in a known way,
	// the steps behind go on with the repaired one.
	m        Message
	decoded  bool
	repaired bool
	p        Policy
	parsed   bool
}

func (e *explainer) step(name StepName, o Outcome, format string, args ...any) {
	e.r.Steps = append(e.r.Steps, Step{Name: name, Outcome: o, Detail: fmt.Sprintf(format, args...)})
}

// find adds a finding, once.
func (e *explainer) find(id Cause, cause, fix string) {
	if !e.r.Found(id) {
		e.r.Findings = append(e.r.Findings, Finding{ID: id, Cause: cause, Fix: fix})
	}
}

// judge sets the verdict.
func (e *explainer) judge() {
	e.r.URL, e.r.KeyPairID = e.c.URL.String(), e.c.KeyPairID
	var err error
	if e.q.Keys == nil {
		err = e.withoutKey()
	} else {
		_, err = Verify(&e.q.Request, e.q.Keys, e.q.Viewer, e.q.Now)
	}
	refusal, refused := errors.AsType[*Refusal](err)
	switch {
	case refused && refusal.Reason == WrongAddress && !e.q.Viewer.IsValid():
		e.r.Verdict = Undecided // the last check of all
	case refused:
		e.r.Verdict = Refused
		e.r.Refusal = noteOf(refusal)
	case e.q.Keys == nil:
		e.r.Verdict = Undecided
	default:
		e.r.Verdict = Admitted
	}
}

// withoutKey finds what refuses the request whatever the key and the signature.
func (e *explainer) withoutKey() error {
	if e.c.KeyPairID == "" {
		return refuse(MissingKey)
	}
	m, err := e.c.Decode(nil)
	if err != nil {
		return err
	}
	p, err := m.ParsePolicy()
	if err != nil {
		return err
	}
	return p.Evaluate(e.c.URL, e.q.Viewer, e.q.Now)
}

// policy tells whether the policy can be read.
func (e *explainer) policy() {
	if !e.decoded {
		e.step(StepPolicy, NotChecked, "There is no policy to read.")
		return
	}
	kind := "custom"
	if e.m.Canned {
		kind = "canned"
	}
	note := &PolicyNote{Kind: kind, Repaired: e.repaired}
	e.r.Policy = note
	if !e.m.Canned {
		note.Sent = string(e.m.Policy)
	} else {
		note.Canonical = string(e.m.Policy)
	}
	p, err := e.m.ParsePolicy()
	if err != nil {
		refusal, _ := errors.AsType[*Refusal](err)
		e.step(StepPolicy, Failed, "The policy cannot be used: %s.", refusal.entry().text)
		e.malformedPolicy(refusal.Reason)
		return
	}
	e.p, e.parsed = p, true
	note.Resource = p.Resource
	if p.SourceIP.IsValid() {
		note.Network = p.SourceIP.String()
	}
	if e.m.Canned {
		e.step(StepPolicy, OK, "A canned policy, rebuilt from the URL and Expires.")
		return
	}
	note.Canonical = string(p.JSON())
	e.step(StepPolicy, OK, "A custom policy of %d bytes.", len(e.m.Policy))
}
