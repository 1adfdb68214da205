package opsapi

import (
	"encoding/hex"
	"net/http"
	"time"

	"github.com/warmfront/warmfront/internal/control"
	"github.com/warmfront/warmfront/internal/state"
)

// revocation is the JSON form of a revocation. One of Policy, Key and Resource is set.
type revocation struct {
	ID       string           `json:"id"`
	Created  time.Time        `json:"created"`
	Until    time.Time        `json:"until"`
	Revision int64            `json:"revision"`
	InForce  bool             `json:"inForce"` // on every live edge
	Cut      bool             `json:"cut"`
	Comment  string           `json:"comment,omitempty"`
	Policy   *revokedPolicy   `json:"policy,omitempty"`
	Key      *revokedKey      `json:"key,omitempty"`
	Resource *revokedResource `json:"resource,omitempty"`
	Receipt  *receipt         `json:"receipt,omitempty"` // left out in lists
}

type revokedPolicy struct {
	KeyPairID string   `json:"keyPairId"`
	Resource  string   `json:"resource"`
	SHA256    []string `json:"sha256"` // of the policy's text, in hexadecimal
}

type revokedKey struct {
	ID         string     `json:"id"`
	ExpiringBy *time.Time `json:"expiringBy,omitempty"`
}

type revokedResource struct {
	Distribution string `json:"distribution"`
	Path         string `json:"path"`
}

func (c *call) showRevocation(r *state.Revocation) revocation {
	out := revocation{
		ID: r.ID, Created: r.Created, Until: r.Until, Revision: r.Revision, InForce: c.control.InForce(r.Revision), Cut: r.Cut, Comment: r.Comment,
	}
	switch {
	case r.OfPolicy != nil:
		out.Policy = &revokedPolicy{KeyPairID: r.OfPolicy.KeyID, Resource: r.OfPolicy.Resource}
		for _, text := range r.OfPolicy.Texts {
			out.Policy.SHA256 = append(out.Policy.SHA256, hex.EncodeToString(text))
		}
	case r.OfKey != nil:
		out.Key = &revokedKey{ID: r.OfKey.KeyID, ExpiringBy: r.OfKey.ExpiringBy}
	case r.OfResource != nil:
		out.Resource = &revokedResource{Distribution: r.OfResource.DistributionID, Path: r.OfResource.Path}
	}
	return out
}

// withReceipt is a revocation and how it reached the edges.
func (c *call) withReceipt(r *state.Revocation) (revocation, error) {
	receipts, err := c.control.Receipts(c.ctx, state.KindRevocation, r.ID)
	if err != nil {
		return revocation{}, err
	}
	out := c.showRevocation(r)
	if len(receipts) > 0 {
		shown := showReceipt(&receipts[len(receipts)-1]) // of its creation
		out.Receipt = &shown
	}
	return out, nil
}

func createRevocation(c *call) (int, any, error) {
	var in struct {
		Comment string    `json:"comment"`
		Until   time.Time `json:"until"`
		Cut     bool      `json:"cut"`
		Policy  *struct {
			URL    string `json:"url"`
			Cookie string `json:"cookie"`
		} `json:"policy"`
		Key *struct {
			ID         string    `json:"id"`
			ExpiringBy time.Time `json:"expiringBy"`
		} `json:"key"`
		Resource *revokedResource `json:"resource"`
	}
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	cfg := &control.RevocationConfig{Comment: in.Comment, Until: in.Until, Cut: in.Cut}
	if in.Policy != nil {
		cfg.URL, cfg.Cookie = in.Policy.URL, in.Policy.Cookie
	}
	if in.Key != nil {
		cfg.KeyID, cfg.ExpiringBy = in.Key.ID, in.Key.ExpiringBy
	}
	if in.Resource != nil {
		cfg.DistributionID, cfg.Path = in.Resource.Distribution, in.Resource.Path
	}
	r, err := c.control.CreateRevocation(c.ctx, cfg)
	if err != nil {
		return 0, nil, err
	}
	out, err := c.withReceipt(r)
	return http.StatusCreated, out, err
}

func getRevocation(c *call) (int, any, error) {
	r, err := c.control.Revocation(c.ctx, c.args[0])
	if err != nil {
		return 0, nil, err
	}
	out, err := c.withReceipt(r)
	return http.StatusOK, out, err
}

// revocationsPage is how many revocations one answer lists.
const revocationsPage = 1000

// listRevocations lists from the beginning, or from behind an id.
func listRevocations(c *call) (int, any, error) {
	marker := ""
	if len(c.args) > 0 {
		marker = c.args[0]
	}
	list, more, err := c.control.Revocations(c.ctx, marker, revocationsPage)
	if err != nil {
		return 0, nil, err
	}
	out := struct {
		Revocations []revocation `json:"revocations"`
		Next        string       `json:"next,omitempty"`
	}{Revocations: make([]revocation, len(list))}
	for i, r := range list {
		out.Revocations[i] = c.showRevocation(r)
	}
	if more {
		out.Next = list[len(list)-1].ID
	}
	return http.StatusOK, out, nil
}

func deleteRevocation(c *call) (int, any, error) {
	return http.StatusNoContent, nil, c.control.DeleteRevocation(c.ctx, c.args[0])
}
