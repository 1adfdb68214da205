package manifest

import (
	"bytes"
	"encoding/xml"
	"net/url"
	"strings"
)

// references are the attributes of DASH that hold URLs or templates of such, by element.
var references = map[string][]string{
	"SegmentTemplate":     {"media", "initialization", "index", "bitstreamSwitching"},
	"SegmentURL":          {"media", "index"},
	"Initialization":      {"sourceURL"},
	"RepresentationIndex": {"sourceURL"},
	"BitstreamSwitching":  {"sourceURL"},
}

// dash is a description on its way through the rewriting.
type dash struct {
	src     []byte
	out     []byte
	done    int // src[:done] is in out
	replace Replace
	within  []element // the open elements, innermost last
	failed  bool
}

// element is what references in an open element resolve against.
type element struct {
	outer *url.URL // without the element's own BaseURLs
	base  *url.URL // with them; nil where they differ: the player picks one of them
	named bool     // there was a BaseURL
}

// rewriteDASH edits the description in place of its references, which resolve against the
// BaseURLs around them (ISO/IEC 23009-1, 5.6).
func rewriteDASH(base *url.URL, src []byte, replace Replace) []byte {
	d := &dash{src: src, out: make([]byte, 0, 2*len(src)), replace: replace, within: []element{{outer: base, base: base}}}
	dec := xml.NewDecoder(bytes.NewReader(src))
	dec.Entity = map[string]string{}
	for {
		start := dec.InputOffset()
		token, err := dec.RawToken()
		if err != nil {
			if dec.InputOffset() < int64(len(bytes.TrimRight(src, " \t\r\n"))) || d.failed || len(d.within) != 1 {
				return src // no XML
			}
			break
		}
		switch t := token.(type) {
		case xml.StartElement:
			d.open(t, int(start), int(dec.InputOffset()))
			if t.Name.Local == "BaseURL" || t.Name.Local == "Location" || t.Name.Local == "PatchLocation" {
				d.text(t.Name.Local, dec)
			}
		case xml.EndElement:
			if len(d.within) < 2 {
				return src
			}
			d.within = d.within[:len(d.within)-1]
		}
	}
	return append(d.out, src[d.done:]...)
}

// open enters an element whose tag is src[start:end].
func (d *dash) open(t xml.StartElement, start, end int) {
	here := d.within[len(d.within)-1].base
	d.within = append(d.within, element{outer: here, base: here})
	names := references[t.Name.Local]
	if names == nil {
		return
	}
	at := start
	for _, a := range t.Attr {
		from, to, ok := attributeValue(d.src, at, end, a.Name.Local)
		if !ok {
			continue
		}
		at = to
		for _, name := range names {
			if a.Name.Local == name && a.Name.Space == "" {
				d.put(from, to, a.Value, apply(here, a.Value, d.replace))
			}
		}
	}
}

// text reads the content of an element that is a URL. That of BaseURL counts for its siblings
// and what is in them.
func (d *dash) text(name string, dec *xml.Decoder) {
	from := int(dec.InputOffset())
	token, err := dec.RawToken()
	to := int(dec.InputOffset())
	for err == nil {
		content, ok := token.(xml.CharData)
		if !ok {
			break
		}
		reference := string(content)
		around := &d.within[len(d.within)-2]
		parent := around.base
		if name == "BaseURL" {
			parent = around.outer
			around.rebase(strings.TrimSpace(reference))
		}
		if !strings.HasSuffix(strings.TrimSpace(reference), "/") { // a folder is asked for by nobody
			d.put(from, to, reference, apply(parent, reference, d.replace))
		}
		from = int(dec.InputOffset())
		token, err = dec.RawToken()
		to = int(dec.InputOffset())
	}
	if _, end := token.(xml.EndElement); err != nil || !end {
		d.failed = true // an element within a URL, or the end
		return
	}
	d.within = d.within[:len(d.within)-1]
}

// rebase takes notice of a BaseURL. Several are alternatives, on other hosts as a rule.
func (e *element) rebase(reference string) {
	resolved, err := resolve(e.outer, reference)
	if err != nil || e.named && (e.base == nil || *e.base != *resolved) {
		resolved = nil
	}
	e.base, e.named = resolved, true
}

// put replaces src[from:to], the escaped form of old.
func (d *dash) put(from, to int, old, reference string) {
	if reference == old {
		return
	}
	d.out = append(d.out, d.src[d.done:from]...)
	var escaped bytes.Buffer
	_ = xml.EscapeText(&escaped, []byte(reference)) // a Buffer takes all
	d.out = append(d.out, escaped.Bytes()...)
	d.done = to
}

// attributeValue finds the text between the quotes of the next attribute of a name within
// src[at:end], a tag that has been parsed.
func attributeValue(src []byte, at, end int, name string) (from, to int, ok bool) {
	for at < end {
		eq := bytes.IndexByte(src[at:end], '=')
		if eq < 0 {
			return 0, 0, false
		}
		fields := bytes.FieldsFunc(src[at:at+eq], func(r rune) bool { return r == ' ' || r == '\t' || r == '\r' || r == '\n' })
		from = at + eq + 1
		for from < end && src[from] != '"' && src[from] != '\'' {
			from++
		}
		if from >= end || len(fields) == 0 {
			return 0, 0, false
		}
		n := bytes.IndexByte(src[from+1:end], src[from])
		if n < 0 {
			return 0, 0, false
		}
		from, to = from+1, from+1+n
		local := fields[len(fields)-1]
		if i := bytes.LastIndexByte(local, ':'); i >= 0 {
			local = local[i+1:]
		}
		if string(local) == name {
			return from, to, true
		}
		at = to + 1
	}
	return 0, 0, false
}
