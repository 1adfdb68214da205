package opsapi

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/access"
)

const (
	keysPath     = "/_warmfront/v1/access-keys"
	sessionsPath = "/_warmfront/v1/sessions"
	linkPath     = "/_warmfront/v1/console-link"
)

// makeKey makes an access key and learns its secret.
func (c *client) makeKey(by, role string) accessKey {
	c.t.Helper()
	var k accessKey
	if status := c.do(by, "warmfront", "POST", keysPath, `{"role":"`+role+`"}`, &k); status != 201 || k.Secret == "" || k.Created == nil || k.Status != "active" {
		c.t.Fatalf("%d %+v", status, k)
	}
	c.learn(k.ID, k.Secret, "")
	return k
}

// makeSession makes a temporary key and returns its id.
func (c *client) makeSession(by, body string) session {
	c.t.Helper()
	var s session
	if status := c.do(by, "warmfront", "POST", sessionsPath, body, &s); status != 201 || s.SessionToken == "" || len(s.SessionToken) > 1024 || s.MadeBy != by {
		c.t.Fatalf("%d %+v", status, s)
	}
	c.learn(s.AccessKeyID, s.SecretAccessKey, s.SessionToken)
	return s
}

func (c *client) get(key string) (status int, code string) {
	c.t.Helper()
	var p problem
	status = c.do(key, "warmfront", "GET", keysPath, "", &p)
	return status, p.Code
}

func (c *client) wantGet(what, key string, status int, code string) {
	c.t.Helper()
	if s, got := c.get(key); s != status || got != code {
		c.t.Errorf("%s: %d %q, want %d %q", what, s, got, status, code)
	}
}

func TestAccessKeyLife(t *testing.T) {
	t.Parallel()
	c := newClient(t, "")
	full := c.makeKey("ROOT", "full")
	c.shift.Store(int64(time.Second)) // keys are listed in the order of their creation
	reader := c.makeKey(full.ID, "read-only")
	c.wantGet("full", full.ID, 200, "")
	c.wantGet("reader", reader.ID, 200, "")
	c.want(403, "AccessDenied", reader.ID, "warmfront", "POST", keysPath, `{"role":"read-only"}`)

	var list struct{ AccessKeys []accessKey }
	c.do(reader.ID, "warmfront", "GET", keysPath, "", &list)
	if len(list.AccessKeys) != 3 || list.AccessKeys[0].ID != "ROOT" || list.AccessKeys[0].Role != "root" || list.AccessKeys[1].ID != full.ID {
		t.Errorf("list %+v", list)
	}
	for _, k := range list.AccessKeys {
		if k.Secret != "" {
			t.Errorf("the list shows the secret of %s", k.ID)
		}
	}
	one := keysPath + "/" + full.ID
	s := c.makeSession(full.ID, `{}`)
	var k accessKey
	if status := c.do("ROOT", "warmfront", "PATCH", one, `{"active":false}`, &k); status != 200 || k.Status != "inactive" {
		t.Errorf("deactivate: %d %+v", status, k)
	}
	c.wantGet("deactivated", full.ID, 403, "InvalidClientTokenId")
	c.wantGet("session of a deactivated key", s.AccessKeyID, 403, "InvalidClientTokenId")
	c.do("ROOT", "warmfront", "PATCH", one, `{"active":true}`, &k)
	c.wantGet("activated", full.ID, 200, "")
	c.wantGet("session of an activated key", s.AccessKeyID, 200, "")
	if status := c.do(full.ID, "warmfront", "DELETE", one, "", nil); status != 204 {
		t.Errorf("delete: %d", status)
	}
	c.wantGet("deleted", full.ID, 403, "InvalidClientTokenId")
	c.wantGet("session of a deleted key", s.AccessKeyID, 403, "InvalidClientTokenId")
	c.want(404, "NoSuchAccessKey", "ROOT", "warmfront", "GET", one, "")
	c.want(404, "NoSuchAccessKey", "ROOT", "warmfront", "DELETE", one, "")
	c.wantGet("another's", reader.ID, 200, "") // it does not depend on who made it
}

func TestRotateAccessKey(t *testing.T) {
	t.Parallel()
	c := newClient(t, "")
	old := c.makeKey("ROOT", "read-only")
	var made accessKey
	if status := c.do("ROOT", "warmfront", "POST", keysPath+"/"+old.ID+"/rotate", `{"graceSeconds":3600}`, &made); status != 201 || made.Role != "read-only" || made.Replaces != old.ID {
		t.Fatalf("%d %+v", status, made)
	}
	c.learn(made.ID, made.Secret, "")
	s := c.makeSession(old.ID, `{"durationSeconds":86400}`)
	if d := time.Until(s.Expires); d > time.Hour+time.Minute {
		t.Errorf("the session outlives its maker: %v", d)
	}
	c.wantGet("within grace", old.ID, 200, "")
	c.want(409, "AccessKeyNotActive", "ROOT", "warmfront", "POST", keysPath+"/"+old.ID+"/rotate", `{}`)
	c.shift.Store(int64(time.Hour + time.Second))
	c.wantGet("past grace", old.ID, 403, "InvalidClientTokenId")
	c.wantGet("session past its maker", s.AccessKeyID, 403, "ExpiredToken")
	c.wantGet("successor", made.ID, 200, "")
	var k accessKey
	if c.do(made.ID, "warmfront", "GET", keysPath+"/"+old.ID, "", &k); k.Status != "ended" || k.ReplacedBy != made.ID {
		t.Errorf("old key %+v", k)
	}
	var next accessKey
	c.do("ROOT", "warmfront", "POST", keysPath+"/"+made.ID+"/rotate", `{"graceSeconds":0}`, &next)
	c.wantGet("without grace", made.ID, 403, "InvalidClientTokenId")
}

func TestSessions(t *testing.T) {
	t.Parallel()
	c := newClient(t, "")
	full, reader := c.makeKey("ROOT", "full"), c.makeKey("ROOT", "read-only")
	of := c.makeSession(full.ID, `{"durationSeconds":900}`)
	less := c.makeSession(full.ID, `{"role":"read-only"}`)
	root := c.makeSession("ROOT", `{}`)
	c.makeSession(reader.ID, `{}`)
	if of.Role != "full" || less.Role != "read-only" || root.Role != "root" {
		t.Errorf("roles %s %s %s", of.Role, less.Role, root.Role)
	}
	c.want(403, "AccessDenied", less.AccessKeyID, "warmfront", "POST", "/_warmfront/v1/key-pairs", publicKey(t))
	if status := c.do(of.AccessKeyID, "warmfront", "POST", "/_warmfront/v1/key-pairs", publicKey(t), nil); status != 201 {
		t.Errorf("a full session writes: %d", status)
	}
	c.want(403, "AccessDenied", full.ID, "warmfront", "POST", sessionsPath, `{"role":"root"}`)
	c.want(403, "AccessDenied", reader.ID, "warmfront", "POST", sessionsPath, `{"role":"full"}`)
	for _, body := range []string{`{"durationSeconds":899}`, `{"durationSeconds":129601}`, `{"durationSeconds":-1}`, `{"durationSeconds":9223372036854775807}`, `{"role":""}`, `{"role":"admin"}`} {
		c.want(400, "InvalidArgument", "ROOT", "warmfront", "POST", sessionsPath, body)
	}
	// Nothing that outlives it may be made with a temporary key, not even the root's.
	for path, body := range map[string]string{keysPath: `{"role":"full"}`, sessionsPath: `{}`, linkPath: `{}`, keysPath + "/" + reader.ID + "/rotate": `{}`} {
		c.want(403, "AccessDenied", root.AccessKeyID, "warmfront", "POST", path, body)
	}
	c.want(403, "AccessDenied", root.AccessKeyID, "warmfront", "PATCH", keysPath+"/"+reader.ID, `{"active":true}`)
	if status := c.do(root.AccessKeyID, "warmfront", "PATCH", keysPath+"/"+reader.ID, `{"active":false}`, nil); status != 200 {
		t.Errorf("a temporary key deactivates: %d", status)
	}
	for what, token := range map[string]string{
		"no token": "", "token of another": less.SessionToken, "damaged": of.SessionToken[:len(of.SessionToken)-2], "nonsense": "x", "long": strings.Repeat("A", 4000),
	} {
		c.learn(of.AccessKeyID, of.SecretAccessKey, token)
		c.wantGet(what, of.AccessKeyID, 403, "InvalidClientTokenId")
	}
	c.learn(full.ID, full.Secret, of.SessionToken)
	c.wantGet("permanent with a token", full.ID, 403, "InvalidClientTokenId")
	c.learn(of.AccessKeyID, less.SecretAccessKey, of.SessionToken)
	c.wantGet("secret of another", of.AccessKeyID, 403, "SignatureDoesNotMatch")
	c.learn(of.AccessKeyID, of.SecretAccessKey, of.SessionToken)
	c.shift.Store(int64(15*time.Minute - 2*time.Second))
	c.wantGet("before its end", of.AccessKeyID, 200, "")
	c.shift.Store(int64(15 * time.Minute))
	c.wantGet("at its end", of.AccessKeyID, 403, "ExpiredToken")
}

func TestRootKeyStays(t *testing.T) {
	t.Parallel()
	c := newClient(t, "")
	full := c.makeKey("ROOT", "full")
	for _, by := range []string{"ROOT", full.ID} {
		c.want(409, "RootAccessKey", by, "warmfront", "DELETE", keysPath+"/ROOT", "")
		c.want(409, "RootAccessKey", by, "warmfront", "PATCH", keysPath+"/ROOT", `{"active":false}`)
		c.want(409, "RootAccessKey", by, "warmfront", "POST", keysPath+"/ROOT/rotate", `{}`)
		for _, body := range []string{`{"role":"root"}`, `{}`, `{"role":"full","description":"\u001b[2J"}`, `{"role":"full","description":"` + strings.Repeat("é", 257) + `"}`} {
			c.want(400, "InvalidArgument", by, "warmfront", "POST", keysPath, body)
		}
	}
	c.wantGet("root", "ROOT", 200, "")
}

// The root key rotates itself; nobody else learns its successor's secret.
func TestRotateRootKey(t *testing.T) {
	t.Parallel()
	c := newClient(t, "")
	full := c.makeKey("ROOT", "full")
	o := c.options
	root, graces := "ROOT", []time.Duration(nil)
	o.RootKeyID = func() string { return root }
	o.RotateRoot = func(_ context.Context, id string, grace time.Duration) (string, string, error) {
		if graces = append(graces, grace); len(graces) > 1 {
			return "", "", access.ErrUnknown
		}
		root = "ROOT2"
		return root, "secret-of-ROOT2", nil
	}
	c.serve(o)
	const path = keysPath + "/ROOT/rotate"
	session := c.makeSession("ROOT", `{}`)
	for _, by := range []string{full.ID, session.AccessKeyID} {
		c.want(403, "AccessDenied", by, "warmfront", "POST", path, `{}`)
	}
	for _, body := range []string{`{"graceSeconds":-1}`, `{"graceSeconds":31536001}`, `{"grace":1}`} {
		c.want(400, "InvalidArgument", "ROOT", "warmfront", "POST", path, body)
	}
	var made accessKey
	if status := c.do("ROOT", "warmfront", "POST", path, `{"graceSeconds":60}`, &made); status != 201 || made.ID != "ROOT2" || made.Role != "root" || made.Replaces != "ROOT" || made.Secret != "secret-of-ROOT2" {
		t.Fatalf("%d %+v", status, made)
	}
	root = "ROOT" // as seen by a request that came at the same time
	c.want(409, "AccessKeyNotActive", "ROOT", "warmfront", "POST", path, `{}`)
	if len(graces) != 2 || graces[0] != time.Minute || graces[1] != 24*time.Hour {
		t.Errorf("graces %v", graces)
	}
}

func TestConsoleLink(t *testing.T) {
	t.Parallel()
	c := newClient(t, "")
	full := c.makeKey("ROOT", "full")
	link := func(body string) string {
		var l struct {
			Secret  string
			Expires time.Time
		}
		if status := c.do(full.ID, "warmfront", "POST", linkPath, body, &l); status != 201 || len(l.Secret) != 43 || time.Until(l.Expires) > 5*time.Minute {
			t.Fatalf("%d %+v", status, l)
		}
		return `{"secret":"` + l.Secret + `"}`
	}
	var s session
	body := link(`{"durationSeconds":900,"role":"read-only"}`)
	if status := c.do("", "", "POST", linkPath+"/exchange", body, &s); status != 201 || s.Role != "read-only" || s.MadeBy != full.ID || time.Until(s.Expires) > 15*time.Minute {
		t.Fatalf("%d %+v", status, s)
	}
	c.learn(s.AccessKeyID, s.SecretAccessKey, s.SessionToken)
	c.wantGet("session of a link", s.AccessKeyID, 200, "")
	c.want(403, "InvalidConsoleLink", "", "", "POST", linkPath+"/exchange", body)
	c.want(403, "InvalidConsoleLink", "", "", "POST", linkPath+"/exchange", `{"secret":""}`)
	c.want(403, "MissingAuthenticationToken", "", "", "POST", linkPath, `{}`)

	body = link(`{}`)
	c.do("ROOT", "warmfront", "PATCH", keysPath+"/"+full.ID, `{"active":false}`, nil)
	c.want(403, "InvalidConsoleLink", "", "", "POST", linkPath+"/exchange", body)
	c.do("ROOT", "warmfront", "PATCH", keysPath+"/"+full.ID, `{"active":true}`, nil)
	body = link(`{}`)
	c.shift.Store(int64(5 * time.Minute))
	c.want(403, "InvalidConsoleLink", "", "", "POST", linkPath+"/exchange", body)
}

func TestConsoleLinkIsTakenOnce(t *testing.T) {
	t.Parallel()
	c := newClient(t, "")
	for range 5 {
		var l struct{ Secret string }
		c.do("ROOT", "warmfront", "POST", linkPath, `{}`, &l)
		var won, lost atomic.Int32
		var group sync.WaitGroup
		for range 4 { // 20 tries in all are within the limit
			group.Go(func() {
				switch c.do("", "", "POST", linkPath+"/exchange", `{"secret":"`+l.Secret+`"}`, nil) {
				case http.StatusCreated:
					won.Add(1)
				case http.StatusForbidden:
					lost.Add(1)
				}
			})
		}
		group.Wait()
		if won.Load() != 1 || lost.Load() != 3 {
			t.Errorf("%d won, %d lost", won.Load(), lost.Load())
		}
	}
	for range 100 {
		if c.do("ROOT", "warmfront", "POST", linkPath, `{}`, nil) != 201 {
			t.Fatal("a link is refused")
		}
	}
	c.want(409, "LimitExceeded", "ROOT", "warmfront", "POST", linkPath, `{}`)
	c.shift.Store(int64(5 * time.Minute))
	if status := c.do("ROOT", "warmfront", "POST", linkPath, `{}`, nil); status != 201 {
		t.Errorf("old links do not make room: %d", status)
	}
}

// Whatever changes something is closed to a read-only key, and the refusal names it.
func TestReaderAndEveryRoute(t *testing.T) {
	t.Parallel()
	c := newClient(t, "")
	reader := c.makeKey("ROOT", "read-only")
	open := map[string]bool{"Explain": true, "CreateSession": true, "CreateConsoleLink": true}
	for _, r := range routes() {
		if r.name == "" {
			t.Errorf("%s %s has no name", r.method, r.pattern)
		}
		if r.unsigned {
			continue
		}
		var p problem
		path := Prefix + strings.ReplaceAll(r.pattern, "*", "x")
		c.do(reader.ID, "warmfront", r.method, path, "{}", &p)
		reads := strings.HasPrefix(r.name, "Get") || strings.HasPrefix(r.name, "List") || open[r.name]
		if denied := p.Code == "AccessDenied"; denied == reads || denied && !strings.HasSuffix(p.Message, "not authorized to perform: warmfront:"+r.name+".") {
			t.Errorf("%s (%s): %+v", path, r.name, p)
		}
	}
}

func TestTries(t *testing.T) {
	t.Parallel()
	var tr tries
	now := time.Unix(1000, 0)
	try := func(from string, n int) (allowed int) {
		for range n {
			if tr.allow(from, now) {
				allowed++
			}
		}
		return allowed
	}
	if n := try("192.0.2.1:1", 30); n != triesAllowed {
		t.Errorf("%d allowed", n)
	}
	if n := try("192.0.2.2:1", 1) + try("[2001:db8::1]:1", 10) + try("[2001:db8::2]:1", 15); n != 1+triesAllowed {
		t.Errorf("%d allowed of two networks", n)
	}
	now = now.Add(triesWindow)
	if try("192.0.2.1:1", 1) != 1 {
		t.Error("the window does not end")
	}
	for i := range triesTracked + 5 {
		try(fmt.Sprintf("10.%d.%d.1:1", i>>8, i&0xff), 1)
	}
	if len(tr.counts) > triesTracked+1 {
		t.Errorf("%d addresses are kept", len(tr.counts))
	}
}
