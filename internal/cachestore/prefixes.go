package cachestore

// prefixTree maps path prefixes to revisions, one level per byte.
type prefixTree struct {
	revision int64
	next     map[byte]*prefixTree
}

// add enters a prefix.
func (p *prefixTree) add(prefix string, revision int64) {
	for i := 0; i < len(prefix); i++ {
		child := p.next[prefix[i]]
		if child == nil {
			child = &prefixTree{}
			if p.next == nil {
				p.next = map[byte]*prefixTree{}
			}
			p.next[prefix[i]] = child
		}
		p = child
	}
	p.revision = max(p.revision, revision)
}

// newest returns the newest revision of any prefix of path, or path?query.
func (p *prefixTree) newest(path, query string) int64 {
	revision := p.revision
	for i := 0; i < len(path) && p != nil; i++ {
		if p = p.next[path[i]]; p != nil {
			revision = max(revision, p.revision)
		}
	}
	if query == "" || p == nil {
		return revision
	}
	if p = p.next['?']; p == nil {
		return revision
	}
	return max(revision, p.newest(query, ""))
}

// prune forgets prefixes up to a revision and returns how many are left.
func (p *prefixTree) prune(revision int64) (left int64) {
	if p.revision <= revision {
		p.revision = 0
	} else {
		left++
	}
	for c, child := range p.next {
		n := child.prune(revision)
		if n == 0 {
			delete(p.next, c)
		}
		left += n
	}
	return left
}
