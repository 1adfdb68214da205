package snapshot

import "maps"

// tableShards divide a table, so that a change copies little of a large one.
const tableShards = 1024

// table is an immutable map that is cheap to change a little: a draft shares all shards it does
// not write to. The zero table is empty.
type table[K comparable, V any] struct {
	shards []map[K]V // none, or tableShards
	size   int
	hash   func(K) uint
}

func (t *table[K, V]) get(k K) (v V, ok bool) {
	if t.size == 0 {
		return v, false
	}
	v, ok = t.shards[t.hash(k)%tableShards][k]
	return v, ok
}

// draft is a table being changed.
type draft[K comparable, V any] struct {
	table[K, V]
	own []bool // shards that no other table shares
}

func (t *table[K, V]) draft(hash func(K) uint) *draft[K, V] {
	d := &draft[K, V]{table: *t, own: make([]bool, tableShards)}
	d.shards, d.hash = make([]map[K]V, tableShards), hash
	copy(d.shards, t.shards)
	return d
}

// shard returns k's shard to be written to.
func (d *draft[K, V]) shard(k K) map[K]V {
	i := d.hash(k) % tableShards
	if !d.own[i] {
		d.own[i] = true
		if d.shards[i] = maps.Clone(d.shards[i]); d.shards[i] == nil {
			d.shards[i] = map[K]V{}
		}
	}
	return d.shards[i]
}

func (d *draft[K, V]) set(k K, v V) {
	m := d.shard(k)
	before := len(m)
	m[k] = v
	d.size += len(m) - before
}

func (d *draft[K, V]) remove(k K) {
	m := d.shard(k)
	before := len(m)
	delete(m, k)
	d.size += len(m) - before
}
