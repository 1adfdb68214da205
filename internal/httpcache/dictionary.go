package httpcache

import "strings"

// Member is one member of a dictionary (RFC 9651, 3.2). Parameters are checked and dropped.
type Member struct {
	Key     string
	Kind    ItemKind
	Integer int64 // of an IntegerItem; 1 or 0 for a BooleanItem
}

// ItemKind is the type of a member's value.
type ItemKind uint8

// The types of values. Others than booleans and integers are known by their syntax only.
const (
	BooleanItem ItemKind = iota
	IntegerItem
	OtherItem
)

// ParseDictionary reads a structured field that is a dictionary (RFC 9651, 4.2.2). A key
// given twice has its last value. ok is false when the field is not well-formed; an empty
// field is an empty dictionary.
func ParseDictionary(field string) (members []Member, ok bool) {
	p := structured{rest: strings.Trim(field, " ")}
	for p.rest != "" {
		m, ok := p.member()
		if !ok {
			return nil, false
		}
		members = setMember(members, m)
		if p.skipBlanks(); p.rest == "" {
			return members, true
		}
		if !p.take(',') {
			return nil, false
		}
		if p.skipBlanks(); p.rest == "" {
			return nil, false // a trailing comma
		}
	}
	return members, true
}

func setMember(members []Member, m Member) []Member {
	for i := range members {
		if members[i].Key == m.Key {
			members[i] = m
			return members
		}
	}
	return append(members, m)
}
