package node

import (
	"errors"
	"net/netip"
	"slices"
	"strings"

	"github.com/warmfront/warmfront/internal/edge"
	"github.com/warmfront/warmfront/internal/opsapi"
	"github.com/warmfront/warmfront/internal/snapshot"
	"github.com/warmfront/warmfront/signedurl"
)

// explainer answers the operations API's questions with this node's edge.
type explainer struct{ node *Node }

// Explain implements opsapi.Explainer.
func (x explainer) Explain(q *opsapi.Question) (any, error) {
	r, err := signedurl.NewRequest(q.URL, q.Cookie)
	if err != nil {
		return nil, err
	}
	req := &edge.Request{
		Method: q.Method, Host: r.Host, Target: r.Path, Proto: edge.HTTP11, Peer: netip.AddrPortFrom(q.Address, 0),
	}
	if r.RawQuery != "" {
		req.Target += "?" + r.RawQuery
	}
	if req.Method == "" {
		req.Method = "GET"
	}
	if r.Scheme == "https" {
		req.TLS = &edge.TLS{ServerName: snapshot.CanonicalHost(r.Host)}
	}
	var fields fieldList
	for name, value := range q.Headers {
		if strings.EqualFold(name, "host") {
			return nil, errors.New("the host is the URL's: leave the header field Host out")
		}
		fields = append(fields, edge.Field{Name: name, Value: value})
	}
	slices.SortFunc(fields, func(a, b edge.Field) int { return strings.Compare(a.Name, b.Name) })
	if q.Cookie != "" {
		fields = append(fields, edge.Field{Name: "Cookie", Value: q.Cookie})
	}
	req.Header = fields
	inquiry := &edge.Inquiry{Request: req, At: q.Time, Hosts: q.Hosts, SetCookies: q.SetCookies, SetFrom: q.SetFrom}
	for _, k := range q.Keys {
		if key, err := signedurl.ParsePublicKey([]byte(k.PEM)); err == nil {
			inquiry.Known = append(inquiry.Known, signedurl.KnownKey{ID: k.ID, Key: key, Where: k.Where})
		}
	}
	return x.node.edge.Explain(inquiry), nil
}

// Refusal implements opsapi.Explainer.
func (x explainer) Refusal(requestID string) (any, bool) {
	r, ok := x.node.edge.Refusal(requestID)
	return r, ok
}

// fieldList is a request's header fields as the edge reads them.
type fieldList []edge.Field

// Get returns the first value of a field.
func (l fieldList) Get(name string) string {
	for _, f := range l {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// All calls yield for each field.
func (l fieldList) All(yield func(name, value string) bool) {
	for _, f := range l {
		if !yield(f.Name, f.Value) {
			return
		}
	}
}
