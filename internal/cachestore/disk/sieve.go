package disk

// policy decides which file goes when there is no room. The caller holds the volume's mutex.
type policy interface {
	insert(slot uint32)
	touch(slot uint32) // it was read
	remove(slot uint32)
	victim() (slot uint32, ok bool) // the file to go; remove follows
}

// sieve is SIEVE (Zhang et al., NSDI 2024): a queue in order of insertion and a hand that moves
// from the oldest to the newest, sparing once what was read since it last came by. A read sets
// one bit, so reads need no order among themselves, and a flood of files read once leaves soon.
type sieve struct {
	links            [][]link
	head, tail, hand uint32 // slot + 1; head is the newest
}

// link is eight bytes a file.
type link struct {
	newer uint32 // slot + 1
	older uint32 // slot + 1, below the bit of what was read
}

const wasRead = 1 << 31

func (s *sieve) at(slot uint32) *link {
	for int(slot/pageEntries) >= len(s.links) {
		s.links = append(s.links, make([]link, pageEntries))
	}
	return &s.links[slot/pageEntries][slot%pageEntries]
}

func (s *sieve) insert(slot uint32) {
	*s.at(slot) = link{older: s.head}
	if s.head != 0 {
		s.at(s.head - 1).newer = slot + 1
	} else {
		s.tail = slot + 1
	}
	s.head = slot + 1
}

func (s *sieve) touch(slot uint32) { s.at(slot).older |= wasRead }

func (s *sieve) remove(slot uint32) {
	l := s.at(slot)
	older := l.older &^ wasRead
	if s.hand == slot+1 {
		s.hand = l.newer
	}
	if l.newer != 0 {
		n := s.at(l.newer - 1)
		n.older = n.older&wasRead | older
	} else {
		s.head = older
	}
	if older != 0 {
		s.at(older - 1).newer = l.newer
	} else {
		s.tail = l.newer
	}
	*l = link{}
}

func (s *sieve) victim() (uint32, bool) {
	if s.tail == 0 {
		return 0, false
	}
	at := s.hand
	for {
		if at == 0 {
			at = s.tail
		}
		l := s.at(at - 1)
		if l.older&wasRead == 0 {
			s.hand = at
			return at - 1, true
		}
		l.older &^= wasRead
		at = l.newer
	}
}
