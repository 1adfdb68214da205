package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

const versionPrefix = "/2020-05-31"

// writeOperations emits the routing table.
func writeOperations(b *bytes.Buffer, m *model) error {
	b.WriteString("// Operations lists every operation of the API, by name.\nfunc Operations() []Operation {\n\treturn []Operation{\n")
	for _, name := range slices.Sorted(maps.Keys(m.Operations)) {
		op := m.Operations[name]
		path, ok := strings.CutPrefix(op.HTTP.RequestURI, versionPrefix)
		if !ok {
			return fmt.Errorf("%s: path %q lacks the version", name, op.HTTP.RequestURI)
		}
		path, query, _ := strings.Cut(strings.TrimSuffix(path, "/"), "?")
		in, out := m.Shapes[op.Input.Shape], m.Shapes[op.Output.Shape]
		fmt.Fprintf(b, "{Name: %q, Method: %q, Path: %q, Status: %d,", name, op.HTTP.Method, path, op.HTTP.ResponseCode)
		str(b, "Flag", query)
		str(b, "RequestRoot", root(op.Input, in))
		str(b, "ResponseRoot", root(op.Output, out))
		if p := payload(out); p.Shape != "" {
			b.WriteString(" Payload: true,")
			if m.Shapes[p.Shape].Type == "blob" {
				b.WriteString(" Raw: true,")
			}
		}
		bindings(b, "Query", in.bound("querystring"))
		bindings(b, "RequestHeaders", in.bound("header"))
		bindings(b, "ResponseHeaders", out.bound("header"))
		var errs []string
		for _, e := range op.Errors {
			errs = append(errs, e.Shape)
		}
		slices.Sort(errs)
		fmt.Fprintf(b, " Errors: %#v},\n", errs)
	}
	b.WriteString("}\n}\n")
	return nil
}

// root is the name of the XML root element, or "" without an XML body.
func root(ref member, s shape) string {
	if p := payload(s); p.Shape != "" {
		return p.wireName()
	}
	if len(s.body()) == 0 {
		return ""
	}
	if ref.LocationName != "" {
		return ref.LocationName
	}
	return ref.Shape
}

func payload(s shape) member {
	for _, m := range s.Members {
		if m.Name == s.Payload {
			return m
		}
	}
	return member{}
}

func str(b *bytes.Buffer, field, value string) {
	if value != "" {
		fmt.Fprintf(b, " %s: %q,", field, value)
	}
}

func bindings(b *bytes.Buffer, field string, ms members) {
	if len(ms) == 0 {
		return
	}
	fmt.Fprintf(b, " %s: []Binding{", field)
	for _, m := range ms {
		fmt.Fprintf(b, "{%q, %q},", m.Name, m.wireName())
	}
	b.WriteString("},")
}

// writeErrors emits the HTTP status of every modelled error code.
func writeErrors(b *bytes.Buffer, m *model) error {
	b.WriteString("// modelledStatus is the HTTP status of an error code in the service model, or 0.\nfunc modelledStatus(code string) int {\n\tswitch code {\n")
	byStatus := map[int][]string{}
	for name, s := range m.Shapes {
		if !s.Exception {
			continue
		}
		if s.Error.Code != "" {
			name = s.Error.Code
		}
		byStatus[s.Error.HTTPStatus] = append(byStatus[s.Error.HTTPStatus], name)
	}
	for _, status := range slices.Sorted(maps.Keys(byStatus)) {
		codes := byStatus[status]
		slices.Sort(codes)
		fmt.Fprintf(b, "case %s:\n\treturn %d\n", `"`+strings.Join(codes, "\",\n\"")+`"`, status)
	}
	b.WriteString("}\nreturn 0\n}\n")
	return nil
}
