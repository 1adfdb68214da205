package disk

// cost is what a file counts: whole blocks.
func cost(size uint32) int64 { return (int64(size) + block - 1) / block * block }

// put enters a file that has been written, or a record of it, unless something newer is there.
// While loading, parts may come before their objects; finish settles that. Caller holds mu.
func (v *volume) put(e entry, loading bool) bool {
	v.newestGen = max(v.newestGen, e.gen)
	slot, found := v.index.find(&e.hash, e.part)
	if found && v.index.at(slot).gen > e.gen {
		return false
	}
	if e.part == 0 {
		if found && v.index.at(slot).gen == e.gen {
			old := v.index.at(slot)
			e.have, e.used = old.have, true
			v.used += cost(e.size) - cost(old.size)
			*old = e
			return true
		}
		if found {
			v.dropObject(slot, loading)
		}
		v.objects++
	} else {
		object, ok := v.index.find(&e.hash, 0)
		if o := v.object(object, ok, e.gen); o != nil && o.rev <= e.rev {
			if !found || v.index.at(slot).gen != e.gen {
				o.have++
			}
		} else if !loading {
			return false
		}
		if found {
			v.forget(slot)
		}
	}
	v.policy.insert(v.index.add(e))
	v.used += cost(e.size)
	return true
}

// object returns an entry if it is of a generation. Caller holds mu.
func (v *volume) object(slot uint32, found bool, gen uint64) *entry {
	if !found {
		return nil
	}
	if e := v.index.at(slot); e.gen == gen {
		return e
	}
	return nil
}

// dropObject removes an object with all its files. Caller holds mu.
func (v *volume) dropObject(slot uint32, loading bool) {
	o := *v.index.at(slot)
	if !loading {
		v.note(o.record(opDrop))
		v.unlinks = append(v.unlinks, file{o.hash, o.gen, 0})
	}
	if loading && o.parts == unknownParts {
		o.parts = 0 // finish finds out about them
	}
	for part := uint32(1); part <= o.parts && (o.have > 0 || loading); part++ {
		s, ok := v.index.find(&o.hash, part)
		if !ok || v.index.at(s).gen != o.gen {
			continue
		}
		o.have--
		if !loading {
			v.unlinks = append(v.unlinks, file{o.hash, o.gen, part})
		}
		v.forget(s)
	}
	v.objects--
	v.forget(slot)
}

// dropPart removes one part. Caller holds mu.
func (v *volume) dropPart(slot uint32, loading bool) {
	e := *v.index.at(slot)
	object, ok := v.index.find(&e.hash, 0)
	if o := v.object(object, ok, e.gen); o != nil && o.have > 0 {
		o.have--
	}
	if !loading {
		v.note(e.record(opDrop))
		v.unlinks = append(v.unlinks, file{e.hash, e.gen, e.part})
	}
	v.forget(slot)
}

// drop removes whatever file a slot is of. Caller holds mu.
func (v *volume) drop(slot uint32, loading bool) {
	if v.index.at(slot).part == 0 {
		v.dropObject(slot, loading)
	} else {
		v.dropPart(slot, loading)
	}
}

// forget takes an entry off the books. Caller holds mu.
func (v *volume) forget(slot uint32) {
	v.used -= cost(v.index.at(slot).size)
	v.policy.remove(slot)
	v.index.remove(slot)
}

// finish, after loading, counts each object's parts and removes those of objects that are not
// there or not the same. Caller holds mu.
func (v *volume) finish() {
	for slot, ok := v.index.after(0); ok; slot, ok = v.index.after(slot + 1) {
		v.index.at(slot).have = 0
	}
	for slot, ok := v.index.after(0); ok; slot, ok = v.index.after(slot + 1) {
		e := v.index.at(slot)
		if e.part == 0 {
			continue
		}
		object, found := v.index.find(&e.hash, 0)
		if o := v.object(object, found, e.gen); o != nil && e.part <= o.parts {
			o.have++
		} else {
			v.forget(slot)
		}
	}
}

// makeRoom removes files until one of size bytes fits. Caller holds mu.
func (v *volume) makeRoom(size int64) {
	for v.index.n > 0 && (v.used+size > min(v.limit, v.bytes) || int64(v.index.n) >= v.maxFiles) {
		slot, ok := v.policy.victim()
		if !ok {
			return
		}
		v.evictions.Add(1)
		v.drop(slot, false)
	}
}
