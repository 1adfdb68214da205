package cloudfront

import (
	"bytes"
	"encoding"
	"encoding/xml"
	"errors"
	"io"
	"reflect"
	"strconv"
	"strings"
)

// Decode reads an API document whose root element is named root into v, a pointer to one of
// the generated structures.
//
// Namespaces, prefixes, attributes, comments and the order of elements do not matter. An
// element the model does not know, a repeated one and a value of the wrong type are
// MalformedInput: nothing a client asks for is dropped silently. A missing required element
// and a value outside an enumeration are MalformedXML in the wording of AWS's own validation,
// as is anything that is not well-formed XML. No document at all is MissingBody.
func Decode(body []byte, root string, v any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return Errorf("MissingBody", "This operation requires a body. Ensure that the body is present and the %s element is set.", root)
	}
	d := decoder{xml: xml.NewDecoder(bytes.NewReader(body))}
	if err := d.document(root, reflect.ValueOf(v).Elem()); err != nil {
		if _, ok := errors.AsType[*Error](err); ok {
			return err
		}
		return Errorf("MalformedXML", "The XML document is not well-formed: %w.", err)
	}
	return nil
}

type decoder struct{ xml *xml.Decoder }

func (d decoder) document(root string, v reflect.Value) error {
	start, err := d.next("")
	if err != nil {
		return err
	}
	if start == nil || start.Name.Local != root {
		return missing(lowerFirst(root))
	}
	if err := d.structure(v, lowerFirst(root)); err != nil {
		return err
	}
	if after, err := d.next(""); err != nil && !errors.Is(err, io.EOF) {
		return err
	} else if after != nil {
		return malformed("Unexpected element %q after the document.", after.Name.Local)
	}
	return nil
}

// next gives the next child element, or nil at the end of the parent. Text between elements
// must be blank.
func (d decoder) next(path string) (*xml.StartElement, error) {
	for {
		tok, err := d.xml.Token()
		if err != nil {
			return nil, err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			return &t, nil
		case xml.EndElement:
			return nil, nil
		case xml.CharData:
			if len(bytes.TrimSpace(t)) == 0 {
				continue
			}
			if path == "" {
				return nil, errors.New("there is text outside the document's element")
			}
			return nil, malformed("Unexpected text at '%s'.", path)
		case xml.Directive:
			return nil, malformed("Document type declarations are not accepted.")
		}
	}
}

// structure reads the children of an element into the fields of v.
func (d decoder) structure(v reflect.Value, path string) error {
	seen := make([]bool, v.NumField())
	for {
		start, err := d.next(path)
		if err != nil {
			return err
		}
		if start == nil {
			break
		}
		i, item := fieldFor(v.Type(), start.Name.Local)
		if i < 0 {
			return malformed("Unexpected element %q at '%s'.", start.Name.Local, path)
		}
		if seen[i] {
			return malformed("Element %q occurs more than once at '%s'.", start.Name.Local, path)
		}
		seen[i] = true
		at := path + "." + lowerFirst(start.Name.Local)
		if item != "" {
			err = d.list(v.Field(i), item, at)
			if v.Field(i).IsNil() && isRequired(v.Type().Field(i)) {
				v.Field(i).Set(reflect.MakeSlice(v.Field(i).Type(), 0, 0))
			}
		} else {
			err = d.value(v.Field(i), at)
		}
		if err != nil {
			return err
		}
	}
	for i, ok := range seen {
		if f := v.Type().Field(i); !ok && isRequired(f) {
			return missing(path + "." + lowerFirst(f.Name))
		}
	}
	return nil
}

// isRequired holds for members the service model requires.
func isRequired(f reflect.StructField) bool {
	return !strings.HasSuffix(f.Tag.Get("json"), ",omitempty")
}

// fieldFor finds the field of an element; item is the name of its members when it is a list.
func fieldFor(t reflect.Type, element string) (index int, item string) {
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("xml"), ",")
		name, item, _ = strings.Cut(name, ">")
		if name == element {
			return i, item
		}
	}
	return -1, ""
}

// list reads the members of a list. An empty element of an optional list is the same as none.
func (d decoder) list(v reflect.Value, item, path string) error {
	for n := 1; ; n++ {
		start, err := d.next(path)
		if err != nil || start == nil {
			return err
		}
		if start.Name.Local != item {
			return malformed("Unexpected element %q at '%s': its members are named %q.", start.Name.Local, path, item)
		}
		elem := reflect.New(v.Type().Elem()).Elem()
		if err := d.value(elem, path+"."+strconv.Itoa(n)+".member"); err != nil {
			return err
		}
		v.Set(reflect.Append(v, elem))
	}
}

func (d decoder) value(v reflect.Value, path string) error {
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	texter, isText := v.Addr().Interface().(encoding.TextUnmarshaler)
	if v.Kind() == reflect.Struct && !isText {
		return d.structure(v, path)
	}
	text, err := d.text(path)
	if err != nil {
		return err
	}
	if isText {
		err = texter.UnmarshalText([]byte(text))
	} else {
		err = setScalar(v, text)
	}
	if err != nil {
		return malformed("The value %q at '%s' is not valid: %w.", text, path, err)
	}
	return checkEnum(v, path)
}

// text reads the character data of an element without children.
func (d decoder) text(path string) (string, error) {
	var out strings.Builder
	for {
		tok, err := d.xml.Token()
		if err != nil {
			return "", err
		}
		switch t := tok.(type) {
		case xml.CharData:
			out.Write(t)
		case xml.StartElement:
			return "", malformed("Unexpected element %q at '%s'.", t.Name.Local, path)
		case xml.EndElement:
			return out.String(), nil
		}
	}
}
