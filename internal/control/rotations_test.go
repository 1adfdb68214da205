package control

import (
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

// movable is a clock for options.
func movable(hold time.Duration) (*atomic.Int64, func(*Options)) {
	clock := &atomic.Int64{}
	clock.Store(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Unix())
	return clock, func(o *Options) {
		o.Hold = hold
		o.Now = func() time.Time { return time.Unix(clock.Load(), 0).UTC() }
	}
}

func TestKeysAreSeenByAllEdges(t *testing.T) {
	t.Parallel()
	clock, options := movable(-1)
	c := start(t, options)
	ctx := t.Context()
	key := c.mustKey(t, "k")
	group, _ := c.mustGroup(t, "g", key)
	pair, err := c.CreateKeyPair(ctx, rsaKeyPEM(t, 2048))
	must(t, err)
	now := time.Unix(clock.Load(), 0).UTC()
	one := &state.Usage{Edge: "one", Since: now.Add(-time.Hour), Keys: map[string]*state.KeyUsage{}}
	one.Add(key, 5, now.Add(-30*time.Hour), now.Add(time.Hour), now.Add(-30*time.Hour)) // out of the window
	one.Add(key, 2, now.Add(-time.Hour), now.Add(time.Hour), now.Add(-time.Hour))
	two := &state.Usage{Edge: "two", Since: now.Add(-2 * time.Hour), Keys: map[string]*state.KeyUsage{}}
	two.Add(key, 3, now.Add(-2*time.Hour), now.Add(9*time.Hour), now.Add(-2*time.Hour))
	must(t, c.store.PutUsage(ctx, one))
	must(t, c.store.PutUsage(ctx, two))
	k, err := c.Key(ctx, key)
	must(t, err)
	if k.Requests != 5 || !k.LastSeen.Equal(now.Add(-time.Hour)) || !k.LatestExpiry.Equal(now.Add(9*time.Hour)) || !k.Since.Equal(now.Add(-time.Hour)) ||
		!k.Active || !slices.Equal(k.Groups, []string{group}) || k.Type != TypePublicKey {
		t.Errorf("%+v", k)
	}
	all, err := c.Keys(ctx)
	must(t, err)
	if len(all) != 2 || all[0].ID != pair.ID || all[0].LastSeen != nil || all[0].Requests != 0 || !all[0].Active || all[1].Requests != 5 {
		t.Errorf("%+v", all)
	}
	clock.Add(int64(25 * time.Hour / time.Second))
	if k, err = c.Key(ctx, key); err != nil || k.Requests != 0 || k.LastSeen == nil {
		t.Errorf("a day later %+v, %v", k, err)
	}
	_, err = c.Key(ctx, "KNOBODY")
	wantCode(t, err, "NoSuchKey", 404)
	back, err := c.store.Usage(ctx, "one")
	if err != nil || back.Keys[key].Requests(now) != 2 {
		t.Errorf("read back %+v, %v", back, err)
	}
}

func TestRotatePublicKey(t *testing.T) {
	t.Parallel()
	clock, options := movable(-1)
	c := start(t, options)
	ctx := t.Context()
	old, other := c.mustKey(t, "old"), c.mustKey(t, "other")
	one, _ := c.mustGroup(t, "one", old, other)
	two, _ := c.mustGroup(t, "two", old)
	lone := c.mustKey(t, "lone")
	_, err := c.Rotate(ctx, lone, publicKeyPEM(t), nil)
	wantCode(t, err, "InvalidArgument", 400)
	_, err = c.Rotate(ctx, old, "", nil)
	wantCode(t, err, "InvalidArgument", 400)
	_, err = c.FinishRotation(ctx, old, true)
	wantCode(t, err, "NoSuchRotation", 404)

	k, err := c.Rotate(ctx, old, publicKeyPEM(t), nil)
	must(t, err)
	made := k.Rotation.New
	items := func(id string) []string {
		t.Helper()
		g, _, err := c.KeyGroup(ctx, id)
		must(t, err)
		return g.KeyGroupConfig.Items
	}
	if !slices.Equal(items(one), []string{old, other, made}) || !slices.Equal(items(two), []string{old, made}) {
		t.Fatalf("groups %v %v", items(one), items(two))
	}
	after := time.Unix(clock.Load(), 0).UTC().Add(time.Hour)
	again, err := c.Rotate(ctx, old, publicKeyPEM(t), &after) // goes on with the same new key
	if err != nil || again.Rotation.New != made || !again.Rotation.RemoveAfter.Equal(after) {
		t.Fatalf("%+v %v", again.Rotation, err)
	}
	_, err = c.FinishRotation(ctx, old, false)
	wantCode(t, err, "RotationNotDue", 409)
	clock.Add(3600)
	k, err = c.FinishRotation(ctx, old, false)
	must(t, err)
	if k.Active || k.Rotation.Finished == nil || !slices.Equal(items(one), []string{other, made}) || !slices.Equal(items(two), []string{made}) {
		t.Fatalf("%+v, groups %v %v", k, items(one), items(two))
	}
	if k, err = c.FinishRotation(ctx, old, false); err != nil || k.Rotation.Finished == nil {
		t.Errorf("again: %+v %v", k, err)
	}
	if err := c.DeletePublicKey(ctx, old, tagOfKey(t, c, old)); err != nil {
		t.Errorf("the old key is still in use: %v", err)
	}
	if err := c.DeletePublicKey(ctx, made, tagOfKey(t, c, made)); cloudfront.CodeOf(err) != "PublicKeyInUse" {
		t.Errorf("the new key is not in use: %v", err)
	}
}

func tagOfKey(t *testing.T, c *Control, id string) string {
	t.Helper()
	_, tag, err := c.PublicKey(t.Context(), id)
	must(t, err)
	return tag
}

func TestRotateKeyPair(t *testing.T) {
	t.Parallel()
	_, options := movable(-1)
	c := start(t, options)
	ctx := t.Context()
	old, err := c.CreateKeyPair(ctx, rsaKeyPEM(t, 2048))
	must(t, err)
	k, err := c.Rotate(ctx, old.ID, rsaKeyPEM(t, 2048), nil)
	must(t, err)
	_, err = c.Rotate(ctx, k.Rotation.New, rsaKeyPEM(t, 2048), nil)
	wantCode(t, err, "TooManyKeyPairs", 409) // two are active
	_, err = c.FinishRotation(ctx, old.ID, false)
	wantCode(t, err, "RotationNotDue", 409)
	_, err = c.ActivateKeyPair(ctx, k.Rotation.New, false)
	must(t, err)
	_, err = c.FinishRotation(ctx, old.ID, true)
	wantCode(t, err, "RotationBroken", 409)
	_, err = c.ActivateKeyPair(ctx, k.Rotation.New, true)
	must(t, err)
	if k, err = c.FinishRotation(ctx, old.ID, true); err != nil || k.Active || k.Rotation.Finished == nil {
		t.Errorf("%+v %v", k, err)
	}
}

func TestRevocations(t *testing.T) {
	t.Parallel()
	clock, options := movable(20 * time.Second)
	c := start(t, options)
	startEdge(t, c.store, "e1")
	ctx := t.Context()
	d, _ := c.mustCreate(t, s3Config("d"))
	key := c.mustKey(t, "k")
	now := time.Unix(clock.Load(), 0).UTC()
	hour := now.Add(time.Hour)
	canned := func(host string) string {
		return "https://" + host + "/a?Expires=" + strconv.FormatInt(hour.Unix(), 10) + "&Key-Pair-Id=" + key
	}
	for name, tc := range map[string]struct {
		cfg   RevocationConfig
		code  string
		texts int
		until time.Time
	}{
		"nothing":         {cfg: RevocationConfig{Until: hour}, code: "InvalidArgument"},
		"two things":      {cfg: RevocationConfig{Until: hour, KeyID: key, URL: canned("h")}, code: "InvalidArgument"},
		"a key":           {cfg: RevocationConfig{Until: hour, KeyID: key}, until: hour},
		"a key, endless":  {cfg: RevocationConfig{KeyID: key}, code: "InvalidArgument"},
		"a key by a date": {cfg: RevocationConfig{KeyID: key, ExpiringBy: now.Add(time.Minute), Until: hour}, until: now.Add(time.Minute + time.Second)},
		"over already":    {cfg: RevocationConfig{KeyID: key, Until: now}, code: "InvalidArgument"},
		"an unknown key":  {cfg: RevocationConfig{KeyID: "K404", Until: hour}, code: "NoSuchKey"},
		"a link":          {cfg: RevocationConfig{URL: canned("h.example")}, until: hour, texts: 1},
		"with a port":     {cfg: RevocationConfig{URL: canned("h.example:8443")}, until: hour, texts: 2},
		"in capitals":     {cfg: RevocationConfig{URL: canned("H.example:443")}, until: hour, texts: 3},
		"expired":         {cfg: RevocationConfig{URL: "https://h/a?Expires=1&Key-Pair-Id=" + key}, code: "InvalidArgument"},
		"unsigned":        {cfg: RevocationConfig{URL: "https://h/a"}, code: "InvalidArgument"},
		"no URL":          {cfg: RevocationConfig{URL: "h/a"}, code: "InvalidArgument"},
		"another end":     {cfg: RevocationConfig{URL: canned("h"), Until: hour.Add(1)}, code: "InvalidArgument"},
		"a path":          {cfg: RevocationConfig{DistributionID: d.Id, Path: "/a/*", Until: hour}, until: hour},
		"a pattern":       {cfg: RevocationConfig{DistributionID: d.Id, Path: "/*/a", Until: hour}, code: "InvalidArgument"},
		"a query":         {cfg: RevocationConfig{DistributionID: d.Id, Path: "/a?b", Until: hour}, code: "InvalidArgument"},
		"no path":         {cfg: RevocationConfig{DistributionID: d.Id, Path: "a*", Until: hour}, code: "InvalidArgument"},
		"no distribution": {cfg: RevocationConfig{DistributionID: "E404", Path: "/a", Until: hour}, code: "NoSuchDistribution"},
		"a long comment":  {cfg: RevocationConfig{KeyID: key, Until: hour, Comment: string(make([]byte, 257))}, code: "InvalidArgument"},
	} {
		r, err := c.CreateRevocation(ctx, &tc.cfg)
		if cloudfront.CodeOf(err) != tc.code {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil {
			continue
		}
		if !r.Until.Equal(tc.until) || !c.InForce(r.Revision) || tc.texts > 0 && len(r.OfPolicy.Texts) != tc.texts {
			t.Errorf("%s: %+v %+v", name, r, r.OfPolicy)
		}
		receipts, err := c.Receipts(ctx, state.KindRevocation, r.ID)
		if err != nil || len(receipts) != 1 || receipts[0].Completed == nil || receipts[0].Edges[0].Edge != "e1" {
			t.Errorf("%s: receipts %+v %v", name, receipts, err)
		}
	}
	list, more, err := c.Revocations(ctx, "", 4)
	if err != nil || len(list) != 4 || !more {
		t.Fatal(len(list), more, err)
	}
	rest, more, err := c.Revocations(ctx, list[3].ID, 4)
	if err != nil || len(rest) != 2 || more {
		t.Fatal(len(rest), more, err)
	}
	must(t, c.DeleteRevocation(ctx, list[0].ID))
	_, err = c.Revocation(ctx, list[0].ID)
	wantCode(t, err, "NoSuchRevocation", 404)
	clock.Add(3600)
	must(t, c.Sweep(ctx))
	if list, _, err = c.Revocations(ctx, "", 10); err != nil || len(list) != 0 {
		t.Errorf("after their end: %d %v", len(list), err)
	}
}
