package snapshot

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"

	"github.com/warmfront/warmfront/signedurl"
)

// keyring is public keys by key id.
type keyring = map[string]*signedurl.PublicKey

// signers reads the account's active key pairs and every key group once. A key that cannot be
// read is left out: nobody can sign with it.
func (c *compiler) signers() {
	c.keyPairs, c.groups = keyring{}, make(map[string]keyring, len(c.cfg.KeyGroups))
	sum := fnv.New64a()
	for _, id := range slices.Sorted(maps.Keys(c.cfg.KeyPairs)) {
		p := c.cfg.KeyPairs[id]
		fmt.Fprintf(sum, "%s %d\n", id, p.Revision)
		if p.Active {
			c.addKey(c.keyPairs, id, p.PublicKeyPEM)
		}
	}
	c.pairs = int64(sum.Sum64())
	known := make(keyring, len(c.cfg.PublicKeys))
	for id, k := range c.cfg.PublicKeys {
		c.addKey(known, id, k.Config.EncodedKey)
	}
	for id, g := range c.cfg.KeyGroups {
		keys := keyring{}
		for _, k := range g.Config.Items {
			if key := known[k]; key != nil {
				keys[k] = key
			}
		}
		c.groups[id] = keys
	}
}

func (c *compiler) addKey(to keyring, id, pem string) {
	key, err := signedurl.ParsePublicKey([]byte(pem))
	if err != nil {
		c.fail(fmt.Errorf("public key %s: %w", id, err))
		return
	}
	to[id] = key
}

// groupStamp lists the revisions a key group's keys come from.
func (c *compiler) groupStamp(id string) []int64 {
	g := c.cfg.KeyGroups[id]
	if g == nil {
		return []int64{0}
	}
	s := []int64{g.Revision}
	for _, id := range g.Config.Items {
		revision := int64(0)
		if k := c.cfg.PublicKeys[id]; k != nil {
			revision = k.Revision
		}
		s = append(s, revision)
	}
	return s
}
