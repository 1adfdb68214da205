package disk

import (
	"sync"

	"golang.org/x/sys/unix"
)

// maxKept is how many files are kept open at most by default; see Options.OpenFiles.
const maxKept = 16384

// defaultOpenFiles is a quarter of what the process may have open.
func defaultOpenFiles() int {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return int(min(limit.Cur/4, maxKept))
}

// kept are files kept open, so that what is read often need not be opened each time: the least
// recently used goes when there are too many. Nobody uses one whose status is not that of when it
// was checked. It is safe for concurrent use.
type kept struct {
	mu             sync.Mutex
	max            int            // guarded by mu
	parts          map[file]*Part // guarded by mu
	newest, oldest *Part          // guarded by mu
}

// get returns an open file, held for the caller; nil for none.
func (k *kept) get(f file) *Part {
	k.mu.Lock()
	defer k.mu.Unlock()
	p := k.parts[f]
	if p != nil {
		p.holders.Add(1)
		k.unlink(p)
		k.link(p)
	}
	return p
}

// add keeps p open, which the caller holds.
func (k *kept) add(p *Part) {
	k.mu.Lock()
	if k.max <= 0 || k.parts[p.name] != nil { // or someone was faster
		k.mu.Unlock()
		return
	}
	if k.parts == nil {
		k.parts = map[file]*Part{}
	}
	p.holders.Add(1)
	k.parts[p.name] = p
	k.link(p)
	var late *Part
	if len(k.parts) > k.max {
		late = k.oldest
		k.take(late)
	}
	k.mu.Unlock()
	if late != nil {
		late.Close()
	}
}

// forget closes a file once nobody reads it. It goes before the file itself does, so that no
// reader is the last to let go of a removed file, which would have to wait for the disk.
func (k *kept) forget(f file) {
	k.mu.Lock()
	p := k.parts[f]
	if p != nil {
		k.take(p)
	}
	k.mu.Unlock()
	if p != nil {
		p.Close()
	}
}

// clear forgets all files.
func (k *kept) clear() {
	k.mu.Lock()
	var all []*Part
	for k.oldest != nil {
		all = append(all, k.oldest)
		k.take(k.oldest)
	}
	k.mu.Unlock()
	for _, p := range all {
		p.Close()
	}
}

// end is clear for good.
func (k *kept) end() {
	k.mu.Lock()
	k.max = 0
	k.mu.Unlock()
	k.clear()
}

// take takes p off the books. Caller holds mu.
func (k *kept) take(p *Part) {
	delete(k.parts, p.name)
	k.unlink(p)
}

// link makes p the newest. Caller holds mu.
func (k *kept) link(p *Part) {
	p.newer, p.older = nil, k.newest
	if k.newest != nil {
		k.newest.newer = p
	} else {
		k.oldest = p
	}
	k.newest = p
}

// unlink is the opposite of link. Caller holds mu.
func (k *kept) unlink(p *Part) {
	if p.newer != nil {
		p.newer.older = p.older
	} else {
		k.newest = p.older
	}
	if p.older != nil {
		p.older.newer = p.newer
	} else {
		k.oldest = p.newer
	}
}
