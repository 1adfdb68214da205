package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// writeTypes emits one Go struct per structure that can be an XML body or part of one.
func writeTypes(b *bytes.Buffer, m *model) error {
	envelopes := m.envelopes()
	for _, name := range slices.Sorted(maps.Keys(m.Shapes)) {
		s := m.Shapes[name]
		if s.Type != "structure" || s.Exception || envelopes[name] {
			continue
		}
		fmt.Fprintf(b, "// %s is the API's structure of that name.\ntype %s struct {\n", name, name)
		for _, f := range s.body() {
			if err := m.writeField(b, s, f); err != nil {
				return fmt.Errorf("%s.%s: %w", name, f.Name, err)
			}
		}
		b.WriteString("}\n\n")
	}
	return nil
}

// envelopes names the input and output shapes that never are an XML element themselves:
// they only bind headers, labels and a payload.
func (m *model) envelopes() map[string]bool {
	out := map[string]bool{}
	for _, op := range m.Operations {
		for _, name := range []string{op.Input.Shape, op.Output.Shape} {
			if s := m.Shapes[name]; s.Payload != "" || len(s.body()) == 0 {
				out[name] = true
			}
		}
	}
	return out
}

// writeField emits one field. Optional members are pointers, so that an absent element and
// an empty one stay different; a json tag without omitempty marks a required member.
func (m *model) writeField(b *bytes.Buffer, s shape, f member) error {
	typ, err := m.goType(f.Shape)
	if err != nil {
		return err
	}
	path, opt := f.wireName(), ",omitempty"
	target := m.Shapes[f.Shape]
	if target.Type == "list" {
		inner := target.Member.LocationName
		if inner == "" {
			inner = "member"
		}
		path += ">" + inner
	}
	switch {
	case s.required(f.Name):
		opt = ""
	case target.Type != "list" && target.Type != "blob":
		typ = "*" + typ
	}
	fmt.Fprintf(b, "\t%s %s `xml:\"%s%s\" json:\"%s%s\"`\n", f.Name, typ, path, opt, f.Name, opt)
	return nil
}

// goType is the Go type of a shape used as a value.
func (m *model) goType(name string) (string, error) {
	s, ok := m.Shapes[name]
	if !ok {
		return "", fmt.Errorf("unknown shape %q", name)
	}
	switch s.Type {
	case "structure":
		return name, nil
	case "list":
		elem, err := m.goType(s.Member.Shape)
		return "[]" + elem, err
	case "string":
		if len(s.Enum) > 0 {
			return name, nil
		}
		return "string", nil
	case "boolean":
		return "bool", nil
	case "integer", "long":
		return "int64", nil
	case "float", "double":
		return "float64", nil
	case "timestamp":
		return "Time", nil
	case "blob":
		return "Blob", nil
	}
	return "", fmt.Errorf("shape %q has unknown type %q", name, s.Type)
}

// writeEnums emits a string type with constants per enumeration, and its value set.
func writeEnums(b *bytes.Buffer, m *model) error {
	seen := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(m.Shapes)) {
		s := m.Shapes[name]
		if len(s.Enum) == 0 {
			continue
		}
		fmt.Fprintf(b, "// %s is an enumeration of the API.\ntype %s string\n\n// Values of %s.\nconst (\n", name, name, name)
		for _, v := range s.Enum {
			c := constName(name, v)
			if seen[c] || m.Shapes[c].Type != "" {
				return fmt.Errorf("constant %s of %s is not unique", c, name)
			}
			seen[c] = true
			fmt.Fprintf(b, "\t%s %s = %q\n", c, name, v)
		}
		fmt.Fprintf(b, ")\n\n// Values lists what the API accepts for %s.\nfunc (%s) Values() []string {\n\treturn %#v\n}\n\n", name, name, s.Enum)
	}
	return nil
}

// constName builds an identifier from an enum's type and value: ViewerProtocolPolicy and
// "redirect-to-https" give ViewerProtocolPolicyRedirectToHttps.
func constName(typ, value string) string {
	value = strings.TrimPrefix(value, typ)
	var out strings.Builder
	out.WriteString(typ)
	for part := range strings.SplitSeq(value, "-") {
		if part != "" {
			out.WriteString(strings.ToUpper(part[:1]) + strings.ReplaceAll(part[1:], ".", "_"))
		}
	}
	return out.String()
}
