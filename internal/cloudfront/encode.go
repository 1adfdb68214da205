package cloudfront

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Encode writes an API document: the XML declaration and v, a generated structure or a pointer
// to one, under a root element of the given name in the given namespace.
//
// Elements come in the model's order. Absent optional elements and nil lists are left out; an
// empty list that is not nil is an empty element. Package encoding/xml would write both lists
// as empty elements, which some clients then send back and CloudFront refuses.
func Encode(root, namespace string, v any) ([]byte, error) {
	e := encoder{}
	e.out.WriteString("<?xml version=\"1.0\"?>\n<" + root + " xmlns=\"")
	e.text(namespace)
	e.out.WriteString("\">")
	value := reflect.ValueOf(v)
	if value.Kind() == reflect.Pointer {
		value = value.Elem()
	}
	if err := e.structure(value); err != nil {
		return nil, fmt.Errorf("encode %s: %w", root, err)
	}
	e.out.WriteString("</" + root + ">")
	return []byte(e.out.String()), nil
}

type encoder struct{ out strings.Builder }

func (e *encoder) structure(v reflect.Value) error {
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("xml"), ",")
		name, item, isList := strings.Cut(name, ">")
		f := v.Field(i)
		switch {
		case (f.Kind() == reflect.Pointer || f.Kind() == reflect.Slice) && f.IsNil():
			continue
		case !isList:
			if err := e.element(name, f); err != nil {
				return err
			}
			continue
		}
		e.out.WriteString("<" + name + ">")
		for j := range f.Len() {
			if err := e.element(item, f.Index(j)); err != nil {
				return err
			}
		}
		e.out.WriteString("</" + name + ">")
	}
	return nil
}

func (e *encoder) element(name string, v reflect.Value) error {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	e.out.WriteString("<" + name + ">")
	if err := e.content(v); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	e.out.WriteString("</" + name + ">")
	return nil
}

func (e *encoder) content(v reflect.Value) error {
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		text, err := m.MarshalText()
		e.text(string(text))
		return err
	}
	switch v.Kind() {
	case reflect.Struct:
		return e.structure(v)
	case reflect.String:
		e.text(v.String())
	case reflect.Bool:
		e.text(strconv.FormatBool(v.Bool()))
	case reflect.Int64:
		e.text(itoa(v.Int()))
	case reflect.Float64:
		e.text(strconv.FormatFloat(v.Float(), 'f', -1, 64))
	default:
		return fmt.Errorf("cannot encode a %s", v.Kind())
	}
	return nil
}

// text writes escaped character data. A carriage return must be escaped to survive XML's line
// end rule; characters XML cannot carry become U+FFFD, as in encoding/xml.
func (e *encoder) text(s string) {
	for _, r := range s {
		switch {
		case r == '&':
			e.out.WriteString("&amp;")
		case r == '<':
			e.out.WriteString("&lt;")
		case r == '>':
			e.out.WriteString("&gt;")
		case r == '"':
			e.out.WriteString("&quot;")
		case r == '\r':
			e.out.WriteString("&#xD;")
		case r < ' ' && r != '\t' && r != '\n', r == 0xFFFE, r == 0xFFFF:
			e.out.WriteRune(utf8.RuneError)
		default:
			e.out.WriteRune(r)
		}
	}
}
