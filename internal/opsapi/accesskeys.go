package opsapi

import (
	"errors"
	"net/http"
	"time"

	"github.com/warmfront/warmfront/internal/access"
	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/control"
	"github.com/warmfront/warmfront/internal/state"
)

// accessKey is the JSON form of an access key.
type accessKey struct {
	ID          string     `json:"id"`
	Role        state.Role `json:"role"`
	Status      string     `json:"status"` // active, inactive or ended
	Description string     `json:"description"`
	Created     *time.Time `json:"created,omitempty"` // nil for the root key
	Ends        *time.Time `json:"ends,omitempty"`
	ReplacedBy  string     `json:"replacedBy,omitempty"`
	Replaces    string     `json:"replaces,omitempty"`
	Secret      string     `json:"secretAccessKey,omitempty"` // only in the answer that made it
}

func (c *call) showAccessKey(k *state.AccessKey, secret string) accessKey {
	out := accessKey{
		ID: k.ID, Role: k.Role, Status: "active", Description: k.Description, Created: &k.Created, Ends: k.Ends,
		ReplacedBy: k.ReplacedBy, Replaces: k.Replaces, Secret: secret,
	}
	switch {
	case !k.Active:
		out.Status = "inactive"
	case !k.Admitted(c.door.o.Now()):
		out.Status = "ended"
	}
	return out
}

// showNew answers with a key just made.
func (c *call) showNew(what string, k *control.NewAccessKey, err error) (int, any, error) {
	if err != nil {
		return 0, nil, err
	}
	c.door.o.Log.Info(what, "access_key", k.ID, "role", k.Role, "by", c.caller.ID)
	return http.StatusCreated, c.showAccessKey(k.AccessKey, k.Plain), nil
}

func createAccessKey(c *call) (int, any, error) {
	var in struct {
		Role        state.Role `json:"role"`
		Description string     `json:"description"`
	}
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	k, err := c.control.CreateAccessKey(c.ctx, c.caller, in.Role, in.Description)
	return c.showNew("access key made", k, err)
}

func rotateAccessKey(c *call) (int, any, error) {
	in := struct {
		GraceSeconds int64 `json:"graceSeconds"`
	}{int64(control.DefaultKeyGrace / time.Second)}
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	grace, err := seconds("graceSeconds", in.GraceSeconds, 0, control.MaxKeyGrace)
	if err != nil {
		return 0, nil, err
	}
	if c.args[0] == c.door.o.RootKeyID() {
		return c.rotateRoot(grace)
	}
	k, err := c.control.RotateAccessKey(c.ctx, c.caller, c.args[0], grace)
	return c.showNew("access key rotated", k, err)
}

// rotateRoot replaces the root key. Only it may do so itself: the answer gives its successor's
// secret.
func (c *call) rotateRoot(grace time.Duration) (int, any, error) {
	switch {
	case c.door.o.RotateRoot == nil:
		return 0, nil, c.notRoot()
	case c.caller.ID != c.args[0]:
		return 0, nil, cloudfront.Errorf("AccessDenied", "The root access key can be rotated with itself alone.")
	}
	id, secret, err := c.door.o.RotateRoot(c.ctx, c.args[0], grace)
	if errors.Is(err, access.ErrUnknown) {
		return 0, nil, &cloudfront.Error{Code: "AccessKeyNotActive", Status: http.StatusConflict, Message: "The root access key has been rotated meanwhile."}
	}
	if err != nil {
		return 0, nil, err
	}
	c.door.o.Log.Info("root access key rotated", "access_key", id, "by", c.caller.ID)
	out := c.showRoot()
	out.Replaces, out.Secret = c.args[0], secret
	return http.StatusCreated, out, nil
}

func listAccessKeys(c *call) (int, any, error) {
	keys, err := c.control.AccessKeys(c.ctx)
	if err != nil {
		return 0, nil, err
	}
	out := struct {
		AccessKeys []accessKey `json:"accessKeys"`
	}{[]accessKey{c.showRoot()}}
	for _, k := range keys {
		out.AccessKeys = append(out.AccessKeys, c.showAccessKey(k, ""))
	}
	return http.StatusOK, out, nil
}

func getAccessKey(c *call) (int, any, error) {
	if c.notRoot() != nil {
		return http.StatusOK, c.showRoot(), nil
	}
	k, err := c.control.AccessKey(c.ctx, c.args[0])
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.showAccessKey(k, ""), nil
}

func changeAccessKey(c *call) (int, any, error) {
	var in struct {
		Active *bool `json:"active"`
	}
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	if in.Active == nil {
		return 0, nil, cloudfront.Errorf("InvalidArgument", "The member active is required.")
	}
	if err := c.notRoot(); err != nil {
		return 0, nil, err
	}
	k, err := c.control.ActivateAccessKey(c.ctx, c.caller, c.args[0], *in.Active)
	if err != nil {
		return 0, nil, err
	}
	c.door.o.Log.Info("access key changed", "access_key", k.ID, "active", k.Active, "by", c.caller.ID)
	return http.StatusOK, c.showAccessKey(k, ""), nil
}

func deleteAccessKey(c *call) (int, any, error) {
	if err := c.notRoot(); err != nil {
		return 0, nil, err
	}
	if err := c.control.DeleteAccessKey(c.ctx, c.args[0]); err != nil {
		return 0, nil, err
	}
	c.door.o.Log.Info("access key deleted", "access_key", c.args[0], "by", c.caller.ID)
	return http.StatusNoContent, nil, nil
}

func (c *call) showRoot() accessKey {
	return accessKey{ID: c.door.o.RootKeyID(), Role: state.RoleRoot, Status: "active", Description: "root.env of this node's data directory"}
}

// notRoot refuses a change of the root key.
func (c *call) notRoot() error {
	if c.args[0] != c.door.o.RootKeyID() {
		return nil
	}
	return &cloudfront.Error{
		Code: "RootAccessKey", Status: http.StatusConflict,
		Message: "The root access key can be neither deactivated nor deleted. To replace it, rotate it; without it, stop the server, remove root.env from its data directory and start it again.",
	}
}

// seconds reads a duration of the wire.
func seconds(name string, n int64, least, most time.Duration) (time.Duration, error) {
	if n < int64(least/time.Second) || n > int64(most/time.Second) {
		return 0, cloudfront.Errorf("InvalidArgument", "The member %s must be %d to %d: %d.", name, int64(least/time.Second), int64(most/time.Second), n)
	}
	return time.Duration(n) * time.Second, nil
}
