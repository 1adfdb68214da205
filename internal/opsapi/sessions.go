package opsapi

import (
	"net/http"
	"time"

	"github.com/warmfront/warmfront/internal/access"
	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/control"
	"github.com/warmfront/warmfront/internal/state"
)

// session is the JSON form of a temporary key.
type session struct {
	AccessKeyID     string     `json:"accessKeyId"`
	SecretAccessKey string     `json:"secretAccessKey"`
	SessionToken    string     `json:"sessionToken"`
	Expires         time.Time  `json:"expires"`
	Role            state.Role `json:"role"`
	MadeBy          string     `json:"madeBy"`
}

// sessionWanted reads the body of a request for a session: its role, the caller's own unless
// asked for less, and its duration.
func (c *call) sessionWanted() (role state.Role, d time.Duration, err error) {
	in := struct {
		DurationSeconds int64      `json:"durationSeconds"`
		Role            state.Role `json:"role"`
	}{int64(access.DefaultSession / time.Second), c.caller.Role}
	if err := c.decode(&in); err != nil {
		return "", 0, err
	}
	if c.caller.Temporary() {
		return "", 0, cloudfront.Errorf("AccessDenied", "A temporary key may not make another one: use the access key that it was made with.")
	}
	switch in.Role {
	case state.RoleRoot, state.RoleFull, state.RoleReadOnly:
	default:
		return "", 0, cloudfront.Errorf("InvalidArgument", "The role must be root, full or read-only: %q.", in.Role)
	}
	if !access.Covers(c.caller.Role, in.Role) {
		return "", 0, cloudfront.Errorf("AccessDenied", "The access key %s is %s and cannot give the role %s.", c.caller.ID, c.caller.Role, in.Role)
	}
	d, err = seconds("durationSeconds", in.DurationSeconds, access.MinSession, access.MaxSession)
	return in.Role, d, err
}

func createSession(c *call) (int, any, error) {
	role, d, err := c.sessionWanted()
	if err != nil {
		return 0, nil, err
	}
	return c.newSession(c.caller, role, d)
}

func (c *call) newSession(maker *access.Key, role state.Role, d time.Duration) (int, any, error) {
	s, err := c.door.o.Keys.NewSession(maker, role, d)
	if err != nil {
		return 0, nil, err
	}
	c.door.o.Log.Info("temporary key made", "access_key", s.ID, "role", s.Role, "by", s.Maker, "expires", s.Ends)
	return http.StatusCreated, session{
		AccessKeyID: s.ID, SecretAccessKey: s.Secret, SessionToken: s.Token, Expires: s.Ends, Role: s.Role, MadeBy: s.Maker,
	}, nil
}

func createConsoleLink(c *call) (int, any, error) {
	role, d, err := c.sessionWanted()
	if err != nil {
		return 0, nil, err
	}
	secret, ends, err := c.control.CreateConsoleLink(c.ctx, c.caller, role, d)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, struct {
		Secret  string     `json:"secret"`
		Expires time.Time  `json:"expires"`
		Role    state.Role `json:"role"`
	}{secret, ends, role}, nil
}

// exchangeConsoleLink gives whoever holds a link's secret a session of the link's maker.
func exchangeConsoleLink(c *call) (int, any, error) {
	var in struct {
		Secret string `json:"secret"`
	}
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	link, err := c.control.TakeConsoleLink(c.ctx, in.Secret)
	if err != nil {
		return 0, nil, err
	}
	maker, err := c.door.findKey(c.ctx, link.Maker, "")
	switch {
	case cloudfront.CodeOf(err) == "InvalidClientTokenId":
		return 0, nil, control.BadConsoleLink()
	case err != nil:
		return 0, nil, err
	}
	return c.newSession(maker, link.Role, link.Session)
}
