package snapshot

import (
	"slices"
	"strings"
)

// Selection picks query parameters or cookies by name, case-sensitively. The zero value picks
// none.
type Selection struct {
	All   bool
	names []string    // picked, or with All those left out
	wild  []pattern   // likewise
	also  []Selection // picked besides: the other half of a union of wildcards
}

// Has reports whether name is picked.
func (s *Selection) Has(name string) bool {
	if (slices.Contains(s.names, name) || s.matches(name)) != s.All {
		return true
	}
	for i := range s.also {
		if s.also[i].Has(name) {
			return true
		}
	}
	return false
}

func (s *Selection) matches(name string) bool {
	for i := range s.wild {
		if s.wild[i].match(name) {
			return true
		}
	}
	return false
}

// None reports whether nothing is ever picked.
func (s *Selection) None() bool {
	return !s.All && len(s.names) == 0 && len(s.wild) == 0 && len(s.also) == 0
}

// Everything reports whether all names are picked.
func (s *Selection) Everything() bool { return s.All && len(s.names) == 0 && len(s.wild) == 0 }

// union picks what either picks.
func (s Selection) union(o Selection) Selection {
	switch {
	case s.None() || o.Everything():
		return o
	case o.None() || s.Everything():
		return s
	case len(s.wild) > 0 || len(o.wild) > 0:
		s.also = append(slices.Clone(s.also), o)
		return s
	case !s.All && !o.All:
		return Selection{names: merge(s.names, o.names)}
	case s.All && o.All:
		return Selection{All: true, names: only(s.names, func(n string) bool { return slices.Contains(o.names, n) })}
	case o.All:
		s, o = o, s
	}
	return Selection{All: true, names: only(s.names, func(n string) bool { return !slices.Contains(o.names, n) })}
}

func selection(behavior string, names []string) Selection {
	switch behavior {
	case "all":
		return Selection{All: true}
	case "allExcept":
		return Selection{All: true, names: names}
	case "whitelist":
		return Selection{names: names}
	}
	return Selection{}
}

// cookieSelection is selection for cookies, in whose names * stands for any run of characters
// and ? for one (Developer Guide, "Allowlist cookies").
func cookieSelection(behavior string, names []string) Selection {
	s := selection(behavior, nil)
	for _, n := range names {
		switch {
		case behavior != "whitelist" && behavior != "allExcept":
		case strings.ContainsAny(n, "*?"):
			s.wild = append(s.wild, compileWildcards(n))
		default:
			s.names = append(s.names, n)
		}
	}
	return s
}

func merge(a, b []string) []string {
	out := slices.Clone(a)
	for _, n := range b {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

func only(names []string, keep func(string) bool) []string {
	var out []string
	for _, n := range names {
		if keep(n) {
			out = append(out, n)
		}
	}
	return out
}
