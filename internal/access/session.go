package access

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

// Bounds of a session's duration, as of GetSessionToken (AWS Security Token Service API
// Reference).
const (
	MinSession     = 15 * time.Minute
	MaxSession     = 36 * time.Hour
	DefaultSession = 12 * time.Hour
)

// maxTokenBytes bounds the tokens that are looked at.
const maxTokenBytes = 1024

// Session is a new temporary key.
type Session struct {
	Key
	Token string
}

// claims are what a session token seals. Nothing of a session is kept on the server: whoever
// holds the token holds all of it, and only a node can open it.
type claims struct {
	Maker  string     `json:"maker"`
	Role   state.Role `json:"role"`
	Ends   int64      `json:"ends"` // seconds since the Unix epoch
	Secret string     `json:"secret"`
}

// NewSession makes a temporary key of a role that maker covers, for d from now or until maker
// ends. The caller has checked Covers and the bounds of d.
func (k *Keys) NewSession(maker *Key, role state.Role, d time.Duration) (*Session, error) {
	var raw [30]byte
	rand.Read(raw[:])
	ends := k.o.Now().Add(d)
	if !maker.Ends.IsZero() && maker.Ends.Before(ends) {
		ends = maker.Ends
	}
	c := claims{Maker: maker.Maker, Role: role, Ends: ends.Unix(), Secret: base64.StdEncoding.EncodeToString(raw[:])}
	id := cloudfront.NewAccessKeyID(rand.Reader, temporaryPrefix)
	text, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	token, err := k.o.Ring.Seal(text, sealName(id))
	if err != nil {
		return nil, fmt.Errorf("make a session token: %w", err)
	}
	return &Session{
		Key:   Key{ID: id, Secret: c.Secret, Role: role, Maker: c.Maker, Ends: time.Unix(c.Ends, 0).UTC()},
		Token: base64.RawURLEncoding.EncodeToString(token),
	}, nil
}

// temporary finds a temporary key: its token must be its own and sealed by a node, and its
// maker still be admitted.
func (k *Keys) temporary(ctx context.Context, id, token string) (*Key, error) {
	if token == "" {
		return nil, ErrUnknown
	}
	c, ok := k.open(id, token)
	if !ok {
		return nil, ErrToken
	}
	ends := time.Unix(c.Ends, 0)
	if !k.o.Now().Before(ends) {
		return nil, ErrExpired
	}
	maker, err := k.permanent(ctx, c.Maker)
	switch {
	case err != nil:
		return nil, err
	case !Covers(maker.Role, c.Role):
		return nil, ErrToken
	}
	return &Key{ID: id, Secret: c.Secret, Role: c.Role, Maker: c.Maker, Ends: ends}, nil
}

// open opens a session token, which is bound to the id of its key.
func (k *Keys) open(id, token string) (claims, bool) {
	var c claims
	if len(token) > maxTokenBytes {
		return c, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return c, false
	}
	text, err := k.o.Ring.Open(raw, sealName(id))
	if err != nil {
		return c, false
	}
	return c, json.Unmarshal(text, &c) == nil
}

func sealName(id string) string { return "session " + id }

// Covers reports whether a key of one role may give another.
func Covers(maker, given state.Role) bool { return rank(given) > 0 && rank(given) <= rank(maker) }

func rank(r state.Role) int {
	switch r {
	case state.RoleRoot:
		return 3
	case state.RoleFull:
		return 2
	case state.RoleReadOnly:
		return 1
	}
	return 0
}
