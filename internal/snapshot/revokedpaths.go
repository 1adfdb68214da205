package snapshot

import (
	"slices"
	"strings"
	"time"

	"github.com/warmfront/warmfront/internal/state"
)

// paths is an immutable radix tree of revoked paths. Changes copy the way to what they change.
// The nil tree is empty.
type paths struct {
	label    string   // that leads here from the node above
	whole    *rules   // of the path that ends here
	prefix   *rules   // of all paths that pass here
	firsts   string   // first bytes of the children's labels, which differ
	children []*paths // in the order of firsts
}

// find returns a revocation in force of path, nil when there is none.
func (n *paths) find(path string, now time.Time, cut bool) *state.Revocation {
	for n != nil {
		if r := n.prefix.find(0, now, cut); r != nil {
			return r
		}
		if path == "" {
			return n.whole.find(0, now, cut)
		}
		i := strings.IndexByte(n.firsts, path[0])
		if i < 0 || !strings.HasPrefix(path, n.children[i].label) {
			return nil
		}
		n = n.children[i]
		path = path[len(n.label):]
	}
	return nil
}

// with returns the tree with what change makes of the rules at path, nil for an empty tree.
func (n *paths) with(path string, change func(n *paths)) *paths {
	out := &paths{}
	if n != nil {
		*out = *n
	}
	if path == "" {
		change(out)
		return out.orNil()
	}
	i := strings.IndexByte(out.firsts, path[0])
	if i < 0 {
		leaf := (*paths)(nil).with("", change)
		if leaf == nil {
			return n
		}
		leaf.label = path
		out.firsts += path[:1]
		out.children = append(slices.Clone(out.children), leaf)
		return out
	}
	child := out.children[i]
	common := commonLength(child.label, path)
	if common < len(child.label) { // a fork within the label
		rest := *child
		rest.label = child.label[common:]
		child = &paths{label: child.label[:common], firsts: rest.label[:1], children: []*paths{&rest}}
	}
	label := child.label
	out.children = slices.Clone(out.children)
	if child = child.with(path[common:], change); child == nil {
		out.firsts = out.firsts[:i] + out.firsts[i+1:]
		out.children = slices.Delete(out.children, i, i+1)
		return out.orNil()
	}
	child.label = label
	out.children[i] = child.joined()
	return out
}

// orNil is nil for a node that leads to nothing.
func (n *paths) orNil() *paths {
	if n.whole == nil && n.prefix == nil && len(n.children) == 0 {
		return nil
	}
	return n
}

// joined is the node and its only child in one, where it has no rules of its own.
func (n *paths) joined() *paths {
	if n.whole != nil || n.prefix != nil || len(n.children) != 1 {
		return n
	}
	only := *n.children[0]
	only.label = n.label + only.label
	return &only
}

func commonLength(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
