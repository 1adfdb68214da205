package opsapi

import (
	"net/http"
	"time"

	"github.com/warmfront/warmfront/internal/control"
	"github.com/warmfront/warmfront/internal/state"
)

// keyStatus is the JSON form of a key and of what edges have seen of it.
type keyStatus struct {
	ID           string          `json:"id"`
	Type         string          `json:"type"`           // public-key or key-pair
	Name         string          `json:"name,omitempty"` // of public keys
	Active       bool            `json:"active"`
	KeyGroups    []string        `json:"keyGroups"`
	Created      time.Time       `json:"created"`
	PublicKey    string          `json:"publicKey"`
	LastSeen     *time.Time      `json:"lastSeen"`     // null: never
	Requests     int64           `json:"requests"`     // in the window
	LatestExpiry *time.Time      `json:"latestExpiry"` // among what was seen
	Since        *time.Time      `json:"since"`        // when edges began to look
	Rotation     *state.Rotation `json:"rotation,omitempty"`
}

func showKey(k *control.KeyStatus) keyStatus {
	return keyStatus{
		ID: k.ID, Type: k.Type, Name: k.Name, Active: k.Active, KeyGroups: append([]string{}, k.Groups...), Created: k.Created, PublicKey: k.PublicKey,
		LastSeen: k.LastSeen, Requests: k.Requests, LatestExpiry: k.LatestExpiry, Since: k.Since, Rotation: k.Rotation,
	}
}

func listKeys(c *call) (int, any, error) {
	keys, err := c.control.Keys(c.ctx)
	if err != nil {
		return 0, nil, err
	}
	out := struct {
		WindowSeconds int64       `json:"windowSeconds"`
		Keys          []keyStatus `json:"keys"`
	}{WindowSeconds: int64(state.UsageWindow / time.Second), Keys: make([]keyStatus, len(keys))}
	for i := range keys {
		out.Keys[i] = showKey(&keys[i])
	}
	return http.StatusOK, out, nil
}

func getKey(c *call) (int, any, error) {
	k, err := c.control.Key(c.ctx, c.args[0])
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, showKey(k), nil
}

func rotateKey(c *call) (int, any, error) {
	var in struct {
		PublicKey   string     `json:"publicKey"`
		RemoveAfter *time.Time `json:"removeAfter"`
	}
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	k, err := c.control.Rotate(c.ctx, c.args[0], in.PublicKey, in.RemoveAfter)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, showKey(k), nil
}

func finishRotation(c *call) (int, any, error) {
	var in struct {
		Force bool `json:"force"`
	}
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	k, err := c.control.FinishRotation(c.ctx, c.args[0], in.Force)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, showKey(k), nil
}
