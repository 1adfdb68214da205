package disk

import "encoding/binary"

// entry is one file in the index: 64 bytes without a pointer, so that the garbage collector
// does not look at a million of them.
type entry struct {
	hash    Hash
	gen     uint64 // of a free slot: the next free slot + 1
	rev     int64
	part    uint32 // 0: the object's own file
	size    uint32 // of the file in bytes
	parts   uint32 // of an object: in how many further files its body is
	have    uint32 // of an object: how many of these there are
	stamp   uint32 // of the file when it was checked
	checked uint32 // seconds from the process's start to the last check, + 1; 0: not in this process
	used    bool
}

const (
	pageEntries = 4096
	subTables   = 64
)

// index finds entries by hash and part. Entries live in pages that never move; 64 small open
// hash tables of slot numbers keep each growth short. The caller holds the volume's mutex.
type index struct {
	pages  [][]entry
	next   uint32 // first slot never used
	free   uint64 // first free slot + 1
	n      int    // entries
	tables [subTables]table
}

// table is an open hash table of slot numbers + 1, linearly probed, at most 3/4 full.
type table struct {
	slots []uint32
	n     int
}

// at returns the entry in a slot.
func (x *index) at(slot uint32) *entry { return &x.pages[slot/pageEntries][slot%pageEntries] }

// place is where probing for an entry begins.
func place(h *Hash, part uint32) uint64 {
	return mix(binary.LittleEndian.Uint64(h[:8]) + uint64(part)*0x9e3779b97f4a7c15)
}

// find returns the slot of a file.
func (x *index) find(h *Hash, part uint32) (slot uint32, ok bool) {
	p := place(h, part)
	t := &x.tables[p%subTables]
	if t.n == 0 {
		return 0, false
	}
	mask := uint64(len(t.slots) - 1)
	for i := p / subTables & mask; t.slots[i] != 0; i = (i + 1) & mask {
		slot := t.slots[i] - 1
		if e := x.at(slot); e.part == part && e.hash == *h {
			return slot, true
		}
	}
	return 0, false
}

// add enters e, of which there is none yet, and returns its slot.
func (x *index) add(e entry) uint32 {
	slot := x.take()
	e.used = true
	*x.at(slot) = e
	x.n++
	p := place(&e.hash, e.part)
	t := &x.tables[p%subTables]
	if 4*(t.n+1) > 3*len(t.slots) {
		x.grow(t)
	}
	t.put(p, slot)
	t.n++
	return slot
}

// take returns a free slot.
func (x *index) take() uint32 {
	if x.free != 0 {
		slot := uint32(x.free - 1)
		x.free = x.at(slot).gen
		return slot
	}
	if int(x.next) == len(x.pages)*pageEntries {
		x.pages = append(x.pages, make([]entry, pageEntries))
	}
	x.next++
	return x.next - 1
}

// put enters a slot at the first place free from p on.
func (t *table) put(p uint64, slot uint32) {
	mask := uint64(len(t.slots) - 1)
	i := p / subTables & mask
	for t.slots[i] != 0 {
		i = (i + 1) & mask
	}
	t.slots[i] = slot + 1
}

// grow doubles a table.
func (x *index) grow(t *table) {
	old := t.slots
	t.slots = make([]uint32, max(2*len(old), 16))
	for _, s := range old {
		if s != 0 {
			e := x.at(s - 1)
			t.put(place(&e.hash, e.part), s-1)
		}
	}
}

// remove frees a slot, closing the gap in its table.
func (x *index) remove(slot uint32) {
	e := x.at(slot)
	p := place(&e.hash, e.part)
	t := &x.tables[p%subTables]
	mask := uint64(len(t.slots) - 1)
	i := p / subTables & mask
	for t.slots[i] != slot+1 {
		i = (i + 1) & mask
	}
	for j := (i + 1) & mask; t.slots[j] != 0; j = (j + 1) & mask {
		o := x.at(t.slots[j] - 1)
		home := place(&o.hash, o.part) / subTables & mask
		if (j-home)&mask >= (j-i)&mask { // it may move to i without leaving its probe sequence
			t.slots[i] = t.slots[j]
			i = j
		}
	}
	t.slots[i] = 0
	t.n--
	x.n--
	*e = entry{gen: x.free}
	x.free = uint64(slot) + 1
}

// after returns the first slot in use from slot on; ok is false at the end. Entries that stay are
// met by a walk that lets go of the mutex between its steps.
func (x *index) after(slot uint32) (next uint32, ok bool) {
	for ; slot < x.next; slot++ {
		if x.at(slot).used {
			return slot, true
		}
	}
	return 0, false
}
