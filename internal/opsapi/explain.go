package opsapi

import (
	"net/http"
	"net/netip"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
)

// Explainer tells what this node's edge makes of a request. The answer is encoded as JSON; an
// error means that the question makes no sense. Safe for concurrent use.
type Explainer interface {
	Explain(q *Question) (answer any, err error)
	// Refusal finds a request that was refused lately by the id its answer had.
	Refusal(requestID string) (answer any, ok bool)
}

// Question is a request to be explained.
type Question struct {
	URL        string
	Method     string
	Headers    map[string]string
	Cookie     string
	Address    netip.Addr // of the viewer; the zero Addr when not known
	Time       time.Time  // zero for now
	SetCookies []string   // Set-Cookie fields of the application
	SetFrom    string     // URL it sent them from
	Keys       []Key      // every key of the account
	Hosts      []string   // every domain and alias of the account
}

// Key is a public key or a key pair's public half.
type Key struct{ ID, PEM, Where string } // Where completes "the key is …"

// most bounds the keys and the hosts that are looked at for an explanation.
const most = 1000

func explain(c *call) (int, any, error) {
	var in struct {
		URL        string            `json:"url"`
		Method     string            `json:"method"`
		Headers    map[string]string `json:"headers"`
		Cookie     string            `json:"cookie"`
		Address    string            `json:"address"`
		Time       time.Time         `json:"time"`
		SetCookies []string          `json:"setCookies"`
		SetFrom    string            `json:"setFrom"`
	}
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	if c.explainer == nil {
		return 0, nil, cloudfront.Errorf("UnknownOperationException", "This node has no edge that could explain a request.")
	}
	q := Question{URL: in.URL, Method: in.Method, Headers: in.Headers, Cookie: in.Cookie, Time: in.Time, SetCookies: in.SetCookies, SetFrom: in.SetFrom}
	if in.Address != "" {
		var err error
		if q.Address, err = netip.ParseAddr(in.Address); err != nil {
			return 0, nil, cloudfront.Errorf("InvalidArgument", "The address %q is not an IP address.", in.Address)
		}
	}
	if err := c.gather(&q); err != nil {
		return 0, nil, err
	}
	answer, err := c.explainer.Explain(&q)
	if err != nil {
		return 0, nil, cloudfront.Errorf("InvalidArgument", "The request cannot be explained: %v.", err)
	}
	return http.StatusOK, answer, nil
}

func getRefusal(c *call) (int, any, error) {
	if c.explainer != nil {
		if answer, ok := c.explainer.Refusal(c.args[0]); ok {
			return http.StatusOK, answer, nil
		}
	}
	return 0, nil, &cloudfront.Error{Code: "NoSuchRefusal", Status: http.StatusNotFound, Message: "This node remembers no refusal of a request with that id."}
}

// gather finds the keys and host names that a signature may have been made with by mistake.
func (c *call) gather(q *Question) error {
	pairs, err := c.control.KeyPairs(c.ctx)
	if err != nil {
		return err
	}
	for _, p := range pairs {
		where := "an active key pair, and the behavior has no trusted signer"
		if !p.Active {
			where = "an inactive key pair"
		}
		q.Keys = append(q.Keys, Key{ID: p.ID, PEM: p.PublicKeyPEM, Where: where})
	}
	for marker, more := "", true; more && len(q.Keys) < most; {
		var keys []cloudfront.PublicKeySummary
		if keys, more, err = c.control.PublicKeys(c.ctx, marker, 0); err != nil {
			return err
		}
		for _, k := range keys {
			q.Keys = append(q.Keys, Key{ID: k.Id, PEM: k.EncodedKey, Where: "a public key in none of the key groups that behaviors trust"})
			marker = k.Id
		}
	}
	for marker, more := "", true; more && len(q.Hosts) < most; {
		var list []cloudfront.DistributionSummary
		if list, more, err = c.control.Distributions(c.ctx, marker, 0); err != nil {
			return err
		}
		for i := range list {
			q.Hosts = append(append(q.Hosts, list[i].DomainName), list[i].Aliases.Items...)
			marker = list[i].Id
		}
	}
	return nil
}
