package edge

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/warmfront/warmfront/signedurl"
)

const (
	keptRefusals = 1024 // how many an edge remembers
	keptURLBytes = 1024 // how much of each URL
	// maxRefusalsASecond keeps a flood of forged signatures from costing more than their
	// verification, and from washing out what was remembered before.
	maxRefusalsASecond = 256
)

// RefusedRequest is what an edge remembers of a request that it did not admit: enough to
// explain the refusal, and never a signature.
type RefusedRequest struct {
	RequestID    string    `json:"requestId"` // X-Amz-Cf-Id of the answer
	Time         time.Time `json:"time"`
	Distribution string    `json:"distribution"`
	Behavior     string    `json:"behavior"`
	Method       string    `json:"method"`
	URL          string    `json:"url"` // without signing parameters
	Viewer       string    `json:"viewer"`
	Reason       string    `json:"reason"` // in signedurl's words
	Code         string    `json:"code"`   // what the viewer was told
	Text         string    `json:"text"`   // the reason in a clause
	Hint         string    `json:"hint"`   // what to do about it
	KeyPairID    string    `json:"keyPairId"`
	// PolicyHash is the SHA-256 of the policy's text, empty when there was none to read.
	PolicyHash string `json:"policyHash"`
}

// refusals is a ring of the latest refusals. It is safe for concurrent use.
type refusals struct {
	mu   sync.Mutex
	ring []RefusedRequest
	next int

	second int64 // Unix time of the latest, and how many were noted in it
	count  int
}

// room reports whether one more may be noted in the second of now.
func (r *refusals) room(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := now.Unix(); s != r.second {
		r.second, r.count = s, 0
	}
	r.count++
	return r.count <= maxRefusalsASecond
}

// note remembers why x was refused. Every string is copied: the request's own die with it.
func (r *refusals) note(x *exchange, c *signedurl.Credentials, err error) {
	refusal, ok := errors.AsType[*signedurl.Refusal](err)
	if !ok || !r.room(x.begin) {
		return
	}
	url := c.URL.String()
	if len(url) > keptURLBytes {
		url = strings.Clone(url[:keptURLBytes])
	}
	entry := RefusedRequest{
		RequestID: strings.Clone(x.id), Time: x.begin, Distribution: x.dist.ID, Behavior: x.behavior.Pattern,
		Method: strings.Clone(x.req.Method), URL: url, Viewer: x.req.Peer.Addr().Unmap().String(),
		Reason: refusal.Reason.String(), Code: refusal.Code(), Text: refusal.Reason.Text(), Hint: refusal.Reason.Hint(),
		KeyPairID: strings.Clone(c.KeyPairID[:min(len(c.KeyPairID), 128)]),
	}
	if m, err := c.Decode(x.buf); err == nil {
		sum := sha256.Sum256(m.Policy)
		entry.PolicyHash = hex.EncodeToString(sum[:])
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.ring) < keptRefusals {
		r.ring = append(r.ring, entry)
		return
	}
	r.ring[r.next] = entry
	r.next = (r.next + 1) % keptRefusals
}

// Refusal finds a request that this edge refused lately, by its id.
func (e *Edge) Refusal(requestID string) (RefusedRequest, bool) {
	r := &e.refusals
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.ring {
		if r.ring[i].RequestID == requestID {
			return r.ring[i], true
		}
	}
	return RefusedRequest{}, false
}
