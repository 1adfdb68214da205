package cloudfront

import (
	"bytes"
	"encoding/xml"
	"fmt"
)

// Encode writes an API document: the XML declaration and v under a root element of the given
// name in the given namespace.
func Encode(root, namespace string, v any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("<?xml version=\"1.0\"?>\n")
	start := xml.StartElement{
		Name: xml.Name{Local: root},
		Attr: []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: namespace}},
	}
	if err := xml.NewEncoder(&b).EncodeElement(v, start); err != nil {
		return nil, fmt.Errorf("encode %s: %w", root, err)
	}
	return b.Bytes(), nil
}
