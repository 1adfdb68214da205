package opsapi

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
)

// asked remembers the question, and answers with its URL.
type asked struct{ q *Question }

func (a *asked) Explain(q *Question) (any, error) {
	if a.q = q; q.URL == "" {
		return nil, errors.New("there is no URL")
	}
	return map[string]string{"verdict": "for " + q.URL}, nil
}

func (a *asked) Refusal(id string) (any, bool) {
	return map[string]string{"requestId": id}, id == "a/b=="
}

func TestExplain(t *testing.T) {
	t.Parallel()
	c := newClient(t, "")
	c.want(404, "UnknownOperationException", "ROOT", "warmfront", "POST", "/_warmfront/v1/explain", `{"url":"https://h/"}`)

	a := &asked{}
	o := c.options
	o.Explainer = a
	c.serve(o)
	var made keyPair
	c.do("ROOT", "warmfront", "POST", "/_warmfront/v1/key-pairs", publicKey(t), &made)
	c.do("ROOT", "warmfront", "PATCH", "/_warmfront/v1/key-pairs/"+made.ID, `{"active":false}`, nil)
	pem := made.PublicKey
	if _, _, err := c.control.CreatePublicKey(t.Context(), &cloudfront.PublicKeyConfig{CallerReference: "r", Name: "n", EncodedKey: pem}); err != nil {
		t.Fatal(err)
	}

	var answer struct{ Verdict string }
	body := `{"url":"https://h/a","method":"HEAD","headers":{"Accept":"x"},"cookie":"a=b","address":"2001:db8::1","time":"2026-01-02T03:04:05Z","setCookies":["c=d"],"setFrom":"https://app/"}`
	if status := c.do("ROOT", "warmfront", "POST", "/_warmfront/v1/explain", body, &answer); status != 200 || answer.Verdict != "for https://h/a" {
		t.Fatal(status, answer)
	}
	q := a.q
	if q.Method != "HEAD" || q.Headers["Accept"] != "x" || q.Cookie != "a=b" || q.Address != netip.MustParseAddr("2001:db8::1") ||
		!q.Time.Equal(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)) || q.SetCookies[0] != "c=d" || q.SetFrom != "https://app/" {
		t.Errorf("asked %+v", q)
	}
	if len(q.Keys) != 2 || q.Keys[0].ID != made.ID || q.Keys[0].Where != "an inactive key pair" || !strings.HasPrefix(q.Keys[1].ID, "K") || q.Keys[1].PEM != pem {
		t.Errorf("keys %+v", q.Keys)
	}
	c.want(400, "InvalidArgument", "ROOT", "warmfront", "POST", "/_warmfront/v1/explain", `{}`)
	c.want(400, "InvalidArgument", "ROOT", "warmfront", "POST", "/_warmfront/v1/explain", `{"url":"https://h/","address":"x"}`)
	c.want(400, "InvalidArgument", "ROOT", "warmfront", "POST", "/_warmfront/v1/explain", `{"url":"https://h/","signature":"x"}`)
	var refusal struct{ RequestID string }
	if status := c.do("READER", "warmfront", "GET", "/_warmfront/v1/refusals/a%2Fb==", "", &refusal); status != 200 || refusal.RequestID != "a/b==" {
		t.Errorf("a refusal: %d %+v", status, refusal)
	}
	c.want(404, "NoSuchRefusal", "READER", "warmfront", "GET", "/_warmfront/v1/refusals/x", "")
}
