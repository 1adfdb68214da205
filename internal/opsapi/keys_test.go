package opsapi

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

const signingKeysPath = "/_warmfront/v1/keys"

// pemText is the text of a fresh public key.
func pemText(t *testing.T) string {
	t.Helper()
	var in struct{ PublicKey string }
	if err := json.Unmarshal([]byte(publicKey(t)), &in); err != nil {
		t.Fatal(err)
	}
	return in.PublicKey
}

// mustGrouped makes a public key in a key group of its own.
func (c *client) mustGrouped(name string) (key, group string) {
	c.t.Helper()
	k, _, err := c.control.CreatePublicKey(c.t.Context(), &cloudfront.PublicKeyConfig{CallerReference: name, Name: name, EncodedKey: pemText(c.t)})
	if err != nil {
		c.t.Fatal(err)
	}
	g, _, err := c.control.CreateKeyGroup(c.t.Context(), &cloudfront.KeyGroupConfig{Name: name, Items: []string{k.Id}})
	if err != nil {
		c.t.Fatal(err)
	}
	return k.Id, g.Id
}

func TestKeyStatus(t *testing.T) {
	t.Parallel()
	c := newClient(t, "")
	key, group := c.mustGrouped("films")
	pair := c.mustPair()
	now := c.now().UTC()
	seen := &state.Usage{Edge: "e1", Since: now.Add(-time.Hour), Keys: map[string]*state.KeyUsage{}}
	seen.Add(key, 7, now, now.Add(time.Hour), now)
	if err := c.store.PutUsage(t.Context(), seen); err != nil {
		t.Fatal(err)
	}
	var list struct {
		WindowSeconds int64
		Keys          []keyStatus
	}
	if status := c.do("READER", "warmfront", "GET", signingKeysPath, "", &list); status != 200 || list.WindowSeconds != 86400 || len(list.Keys) != 2 {
		t.Fatal(status, list)
	}
	if k := list.Keys[0]; k.ID != pair || k.Type != "key-pair" || !k.Active || k.KeyGroups == nil || k.LastSeen != nil || k.Since == nil {
		t.Errorf("%+v", k)
	}
	var k keyStatus
	if status := c.do("READER", "warmfront", "GET", signingKeysPath+"/"+key, "", &k); status != 200 || k.Type != "public-key" || k.Name != "films" || !k.Active ||
		len(k.KeyGroups) != 1 || k.KeyGroups[0] != group || k.Requests != 7 || !k.LatestExpiry.Equal(now.Add(time.Hour)) || k.Rotation != nil {
		t.Errorf("%d %+v", status, k)
	}
	c.want(404, "NoSuchKey", "READER", "warmfront", "GET", signingKeysPath+"/KNOBODY", "")
	c.want(404, "NoSuchKey", "READER", "warmfront", "GET", signingKeysPath+"/"+url.PathEscape(group), "")
}

func TestRotation(t *testing.T) {
	t.Parallel()
	c := newClient(t, "")
	public, _ := c.mustGrouped("films")
	for what, id := range map[string]string{"public key": public, "key pair": c.mustPair()} {
		one := signingKeysPath + "/" + id + "/rotation"
		c.want(404, "NoSuchRotation", "ROOT", "warmfront", "POST", one+"/finish", "{}")
		for _, body := range []string{"", "[]", "{}", `{"publicKey":"x"}`, `{"publicKey":7}`, `{"publicKey":"x","more":1}`, `{"removeAfter":"tomorrow"}`, publicKey(t) + "{}"} {
			var p problem
			if status := c.do("ROOT", "warmfront", "POST", one, body, &p); status != 400 || p.Code != "InvalidArgument" {
				t.Errorf("%s: %q: %d %+v", what, body, status, p)
			}
		}
		c.want(403, "AccessDenied", "READER", "warmfront", "POST", one, publicKey(t))
		c.want(403, "AccessDenied", "READER", "warmfront", "POST", one+"/finish", `{"force":true}`)

		var k keyStatus
		if status := c.do("ROOT", "warmfront", "POST", one, publicKey(t), &k); status != 200 || k.ID != id || k.Rotation == nil || k.Rotation.RemoveAfter != nil {
			t.Fatalf("%s: %d %+v", what, status, k)
		}
		fresh := k.Rotation.New
		c.want(409, "RotationNotDue", "ROOT", "warmfront", "POST", one+"/finish", "{}")
		after := `{"removeAfter":"` + c.wire(time.Hour) + `"}`
		if status := c.do("ROOT", "warmfront", "POST", one, after, &k); status != 200 || k.Rotation.New != fresh || k.Rotation.RemoveAfter == nil {
			t.Errorf("%s: %d %+v", what, status, k.Rotation)
		}
		c.want(409, "RotationNotDue", "ROOT", "warmfront", "POST", one+"/finish", `{"force":false}`)
		c.want(400, "InvalidArgument", "ROOT", "warmfront", "POST", one+"/finish", `{"forced":true}`)
		k = keyStatus{}
		if status := c.do("ROOT", "warmfront", "POST", one+"/finish", `{"force":true}`, &k); status != 200 || k.Active || k.Rotation.Finished == nil {
			t.Errorf("%s: %d %+v", what, status, k)
		}
		var next keyStatus
		if c.do("READER", "warmfront", "GET", signingKeysPath+"/"+fresh, "", &next); !next.Active || strings.TrimSpace(next.PublicKey) == "" {
			t.Errorf("%s: the new key %+v", what, next)
		}
		c.want(400, "InvalidArgument", "ROOT", "warmfront", "POST", one, publicKey(t)) // it signs nothing now
	}
	c.want(404, "NoSuchKey", "ROOT", "warmfront", "POST", signingKeysPath+"/KNOBODY/rotation", publicKey(t))
	c.want(404, "NoSuchKey", "ROOT", "warmfront", "POST", signingKeysPath+"/KNOBODY/rotation/finish", "{}")
}
