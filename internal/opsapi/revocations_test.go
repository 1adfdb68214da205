package opsapi

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/state"
)

const (
	revocationsPath = "/_warmfront/v1/revocations"
	edgesPath       = "/_warmfront/v1/edges"
)

// mustPair makes a key pair and returns its id.
func (c *client) mustPair() string {
	c.t.Helper()
	var k keyPair
	if status := c.do("ROOT", "warmfront", "POST", "/_warmfront/v1/key-pairs", publicKey(c.t), &k); status != 201 {
		c.t.Fatal(status)
	}
	return k.ID
}

func (c *client) wire(d time.Duration) string { return c.now().Add(d).UTC().Format(time.RFC3339) }

func TestRevocationLife(t *testing.T) {
	t.Parallel()
	c := newClient(t, "")
	key := c.mustPair()
	made := map[string]revocation{}
	expires := c.now().Add(time.Hour).Unix()
	url := fmt.Sprintf("https://d.example:8443/a?Expires=%d&Key-Pair-Id=%s", expires, key)
	for what, body := range map[string]string{
		"key":    `{"key":{"id":"` + key + `","expiringBy":"` + c.wire(time.Hour) + `"},"until":"` + c.wire(2*time.Hour) + `","cut":true,"comment":"left"}`,
		"policy": `{"policy":{"url":"` + url + `"}}`,
	} {
		var r revocation
		if status := c.do("ROOT", "warmfront", "POST", revocationsPath, body, &r); status != 201 || r.ID == "" || r.InForce || r.Receipt == nil || !r.Receipt.Strict || r.Receipt.Completed != nil {
			t.Fatalf("%s: %d %+v", what, status, r) // there is no edge here
		}
		made[what] = r
	}
	if r := made["key"]; !r.Cut || r.Comment != "left" || r.Key.ID != key || r.Until.Sub(*r.Key.ExpiringBy) != time.Second || r.Policy != nil || r.Resource != nil {
		t.Errorf("key: %+v", r)
	}
	if r := made["policy"]; r.Until.Unix() != expires || len(r.Policy.SHA256) != 2 || r.Policy.KeyPairID != key || !strings.HasPrefix(r.Policy.Resource, "https://d.example:8443/a") {
		t.Errorf("policy: %+v %+v", r, r.Policy)
	}
	var got revocation
	one := revocationsPath + "/" + made["key"].ID
	if status := c.do("READER", "warmfront", "GET", one, "", &got); status != 200 || got.ID != made["key"].ID || got.Receipt.Revision != got.Revision {
		t.Errorf("%d %+v", status, got)
	}
	ids := []string{made["key"].ID, made["policy"].ID}
	slices.Sort(ids)
	for path, want := range map[string][]string{revocationsPath: ids, revocationsPath + "/after/" + ids[0]: ids[1:], revocationsPath + "/after/" + ids[1]: nil} {
		var list struct {
			Revocations []revocation
			Next        string
		}
		status := c.do("READER", "warmfront", "GET", path, "", &list)
		var listed []string
		for _, r := range list.Revocations {
			listed = append(listed, r.ID)
		}
		if status != 200 || !slices.Equal(listed, want) || list.Next != "" {
			t.Errorf("%s: %d %v, want %v", path, status, listed, want)
		}
	}
	c.want(403, "AccessDenied", "READER", "warmfront", "DELETE", one, "")
	if status := c.do("ROOT", "warmfront", "DELETE", one, "", nil); status != 204 {
		t.Errorf("delete: %d", status)
	}
	c.want(404, "NoSuchRevocation", "ROOT", "warmfront", "DELETE", one, "")
	c.want(404, "NoSuchRevocation", "READER", "warmfront", "GET", one, "")
}

func TestBadRevocations(t *testing.T) {
	t.Parallel()
	c := newClient(t, "")
	key, until := c.mustPair(), c.wire(time.Hour)
	ofKey := func(more string) string { return `{"key":{"id":"` + key + `"}` + more + `}` }
	for what, tc := range map[string]struct {
		status     int
		code, body string
	}{
		"no body":               {400, "InvalidArgument", ""},
		"no object":             {400, "InvalidArgument", "[]"},
		"nothing named":         {400, "InvalidArgument", `{}`},
		"text behind":           {400, "InvalidArgument", ofKey(`,"until":"`+until+`"`) + "x"},
		"an unknown member":     {400, "InvalidArgument", ofKey(`,"until":"` + until + `","why":"x"`)},
		"two things":            {400, "InvalidArgument", ofKey(`,"until":"` + until + `","resource":{"distribution":"E1","path":"/a"}`)},
		"no end":                {400, "InvalidArgument", ofKey("")},
		"an end that is over":   {400, "InvalidArgument", ofKey(`,"until":"` + c.wire(-time.Second) + `"`)},
		"an end without zone":   {400, "InvalidArgument", ofKey(`,"until":"2026-01-02T03:04:05"`)},
		"an end in seconds":     {400, "InvalidArgument", ofKey(`,"until":1900000000`)},
		"cut as text":           {400, "InvalidArgument", ofKey(`,"until":"` + until + `","cut":"yes"`)},
		"a long comment":        {400, "InvalidArgument", ofKey(`,"until":"` + until + `","comment":"` + strings.Repeat("x", 257) + `"`)},
		"an unknown key":        {404, "NoSuchKey", `{"key":{"id":"KNOBODY"},"until":"` + until + `"}`},
		"a key without id":      {400, "InvalidArgument", `{"key":{},"until":"` + until + `"}`},
		"a member of a key":     {400, "InvalidArgument", `{"key":{"id":"` + key + `","by":"x"},"until":"` + until + `"}`},
		"no distribution":       {404, "NoSuchDistribution", `{"resource":{"distribution":"E404","path":"/a"},"until":"` + until + `"}`},
		"no path":               {400, "InvalidArgument", `{"resource":{"distribution":"E404"},"until":"` + until + `"}`},
		"an unsigned URL":       {400, "InvalidArgument", `{"policy":{"url":"https://d.example/a"}}`},
		"no URL":                {400, "InvalidArgument", `{"policy":{"url":"not a URL"}}`},
		"a policy that is over": {400, "InvalidArgument", `{"policy":{"url":"https://d.example/a?Expires=1&Key-Pair-Id=` + key + `"}}`},
		"a policy's other end":  {400, "InvalidArgument", fmt.Sprintf(`{"policy":{"url":"https://d.example/a?Expires=%d&Key-Pair-Id=%s"},"until":"%s"}`, c.now().Add(2*time.Hour).Unix(), key, until)},
		"a policy of nobody":    {404, "NoSuchKey", fmt.Sprintf(`{"policy":{"url":"https://d.example/a?Expires=%d&Key-Pair-Id=KNOBODY"}}`, c.now().Add(time.Hour).Unix())},
		"a broken cookie":       {400, "InvalidArgument", `{"policy":{"url":"https://d.example/a","cookie":"CloudFront-Policy=!!!; CloudFront-Key-Pair-Id=` + key + `"}}`},
	} {
		var p problem
		if status := c.do("ROOT", "warmfront", "POST", revocationsPath, tc.body, &p); status != tc.status || p.Code != tc.code || p.Message == "" {
			t.Errorf("%s: %d %+v, want %d %s", what, status, p, tc.status, tc.code)
		}
	}
	c.want(403, "AccessDenied", "READER", "warmfront", "POST", revocationsPath, ofKey(`,"until":"`+until+`"`))
	c.want(404, "NoSuchRevocation", "ROOT", "warmfront", "GET", revocationsPath+"/R404", "")
	var list struct{ Revocations []revocation }
	if c.do("ROOT", "warmfront", "GET", revocationsPath, "", &list); list.Revocations == nil || len(list.Revocations) != 0 {
		t.Errorf("something was revoked: %+v", list)
	}
}

// An edge that is away is listed as such, waited for, and can be forgotten.
func TestAbsentEdges(t *testing.T) {
	t.Parallel()
	c := newClient(t, "")
	c.run()
	live, err := c.store.KeepEdge(t.Context(), state.Edge{ID: "live"})
	if err != nil {
		t.Fatal(err)
	}
	defer live.Close()
	away, err := c.store.KeepEdge(t.Context(), state.Edge{ID: "away", POP: "FRA50-C1", Applied: 1, MaxAge: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	c.want(409, "EdgeIsLive", "ROOT", "warmfront", "DELETE", edgesPath+"/away", "")
	away.Close()
	var list struct {
		Edges  []edge
		Absent []absentEdge
	}
	for deadline := time.Now().Add(time.Minute); len(list.Absent) == 0 || list.Absent[0].Since == nil; {
		if c.do("READER", "warmfront", "GET", edgesPath, "", &list); time.Now().After(deadline) {
			t.Fatalf("%+v", list)
		}
	}
	if a := list.Absent[0]; len(list.Edges) != 1 || a.ID != "away" || a.POP != "FRA50-C1" || a.Applied != 1 || a.Until.Sub(*a.Since) != time.Hour || a.Passed {
		t.Errorf("%+v", list)
	}
	key := c.mustPair()
	var r revocation
	c.do("ROOT", "warmfront", "POST", revocationsPath, `{"key":{"id":"`+key+`"},"until":"`+c.wire(100*time.Hour)+`"}`, &r)
	live.Applied(r.Revision)
	await := func(ok func() bool) {
		t.Helper()
		path := revocationsPath + "/" + r.ID
		for deadline := time.Now().Add(time.Minute); !ok(); {
			r = revocation{}
			if c.do("READER", "warmfront", "GET", path, "", &r); time.Now().After(deadline) {
				t.Fatalf("%+v %+v", r, r.Receipt)
			}
		}
	}
	await(func() bool { return r.InForce && len(r.Receipt.Edges) == 1 })
	if w := r.Receipt.Waiting; len(w) != 1 || w[0].Edge != "away" || !w[0].Since.Equal(*list.Absent[0].Since) || !w[0].Until.Equal(*list.Absent[0].Until) || r.Receipt.Completed != nil {
		t.Errorf("%+v", r.Receipt)
	}
	c.want(403, "AccessDenied", "READER", "warmfront", "DELETE", edgesPath+"/away", "")
	if status := c.do("ROOT", "warmfront", "DELETE", edgesPath+"/away", "", nil); status != 204 {
		t.Errorf("forget: %d", status)
	}
	await(func() bool { return r.Receipt.Completed != nil })
	if !slices.Equal(r.Receipt.Absent, []string{"away"}) || r.Receipt.Waiting == nil || len(r.Receipt.Waiting) != 0 {
		t.Errorf("%+v", r.Receipt)
	}
	for range 2 {
		c.want(404, "NoSuchEdge", "ROOT", "warmfront", "DELETE", edgesPath+"/away", "")
	}
	c.want(409, "EdgeIsLive", "ROOT", "warmfront", "DELETE", edgesPath+"/live", "")
}
