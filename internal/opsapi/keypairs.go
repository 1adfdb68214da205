package opsapi

import (
	"net/http"
	"time"

	"github.com/warmfront/warmfront/internal/cloudfront"
	"github.com/warmfront/warmfront/internal/state"
)

// keyPair is the JSON form of a legacy CloudFront key pair.
type keyPair struct {
	ID        string    `json:"id"` // APKA…, the Key-Pair-Id of signed URLs
	Active    bool      `json:"active"`
	Created   time.Time `json:"created"`
	Modified  time.Time `json:"modified"`
	PublicKey string    `json:"publicKey"` // PEM, as it was sent
	Revision  int64     `json:"revision"`  // of the last change; edges at or past it know of it
}

func showKeyPair(k *state.KeyPair) keyPair {
	return keyPair{ID: k.ID, Active: k.Active, Created: k.Created, Modified: k.Modified, PublicKey: k.PublicKeyPEM, Revision: k.Revision}
}

func createKeyPair(c *call) (int, any, error) {
	var in struct {
		PublicKey string `json:"publicKey"`
	}
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	k, err := c.control.CreateKeyPair(c.ctx, in.PublicKey)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, showKeyPair(k), nil
}

func listKeyPairs(c *call) (int, any, error) {
	pairs, err := c.control.KeyPairs(c.ctx)
	if err != nil {
		return 0, nil, err
	}
	out := struct {
		KeyPairs []keyPair `json:"keyPairs"`
	}{KeyPairs: make([]keyPair, len(pairs))}
	for i, k := range pairs {
		out.KeyPairs[i] = showKeyPair(k)
	}
	return http.StatusOK, out, nil
}

func getKeyPair(c *call) (int, any, error) {
	k, err := c.control.KeyPair(c.ctx, c.args[0])
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, showKeyPair(k), nil
}

func changeKeyPair(c *call) (int, any, error) {
	var in struct {
		Active *bool `json:"active"`
	}
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	if in.Active == nil {
		return 0, nil, cloudfront.Errorf("InvalidArgument", "The member active is required.")
	}
	k, err := c.control.ActivateKeyPair(c.ctx, c.args[0], *in.Active)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, showKeyPair(k), nil
}

func deleteKeyPair(c *call) (int, any, error) {
	return http.StatusNoContent, nil, c.control.DeleteKeyPair(c.ctx, c.args[0])
}
