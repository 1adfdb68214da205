package bucketpolicy

import (
	"bytes"
	"encoding/json"
	"errors"
)

// member is one name and value of a JSON object, in document order.
type member struct {
	name  string
	value json.RawMessage
}

var errNotAnObject = errors.New("not a JSON object")

// object splits a JSON object into its members. A repeated name is refused:
// readers that keep the first and readers that keep the last would disagree
// about what the policy grants.
func object(raw []byte) ([]member, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	open, err := dec.Token()
	if err != nil {
		return nil, err
	}
	if open != json.Delim('{') {
		return nil, errNotAnObject
	}
	var members []member
	seen := map[string]bool{}
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, _ := tok.(string)
		if seen[name] {
			return nil, errors.New("duplicate name " + name)
		}
		seen[name] = true
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		members = append(members, member{name, value})
	}
	return members, nil
}

// list returns the elements of a JSON array, or the value itself as the only
// element: the policy language lets a single value stand for an array of one.
func list(raw json.RawMessage) ([]json.RawMessage, error) {
	if len(raw) == 0 || raw[0] != '[' {
		return []json.RawMessage{raw}, nil
	}
	var items []json.RawMessage
	err := json.Unmarshal(raw, &items)
	return items, err
}

// stringList reads a string or an array of strings.
func stringList(raw json.RawMessage) ([]string, error) {
	items, err := list(raw)
	if err != nil {
		return nil, err
	}
	out := make([]string, 0, len(items))
	for _, item := range items {
		s, err := text(item)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// text reads a JSON string; null and other types are refused.
func text(raw json.RawMessage) (string, error) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", errors.New("not a JSON string")
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err
}

// scalar reads a string, number or boolean as the text a condition compares.
func scalar(raw json.RawMessage) (string, error) {
	if len(raw) == 0 {
		return "", errors.New("empty value")
	}
	switch c := raw[0]; {
	case c == '"':
		return text(raw)
	case c == '-' || c >= '0' && c <= '9', string(raw) == "true", string(raw) == "false":
		return string(raw), nil
	}
	return "", errors.New("not a string, number or boolean")
}
