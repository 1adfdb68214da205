package manifest

import (
	"bytes"
	"net/url"
	"strings"
)

// rewriteHLS goes through the lines of a playlist: a line that is no tag and no comment is a
// URI, and so is the value of any attribute URI or one whose name ends in -URI.
func rewriteHLS(base *url.URL, src []byte, replace Replace) []byte {
	if !bytes.HasPrefix(bytes.TrimPrefix(src, []byte("\xef\xbb\xbf")), []byte("#EXTM3U")) {
		return src
	}
	out := make([]byte, 0, 2*len(src))
	for line := range bytes.Lines(src) {
		text := strings.TrimRight(string(line), "\r\n")
		ending := line[len(text):]
		switch {
		case strings.HasPrefix(text, "#EXT"):
			text = rewriteTag(base, text, replace)
		case !strings.HasPrefix(text, "#"):
			text = replaceURI(base, text, replace)
		}
		out = append(append(out, text...), ending...)
	}
	return out
}

// replaceURI leaves what names variables (EXT-X-DEFINE): they may stand for any host.
func replaceURI(base *url.URL, uri string, replace Replace) string {
	if strings.Contains(uri, "{$") {
		return uri
	}
	return apply(base, uri, replace)
}

// rewriteTag replaces the URIs among a tag's attributes: NAME=value, with quotes around values
// that may hold commas (RFC 8216, 4.2).
func rewriteTag(base *url.URL, tag string, replace Replace) string {
	_, list, ok := strings.Cut(tag, ":")
	if !ok || !strings.Contains(list, "URI=\"") {
		return tag
	}
	var out strings.Builder
	out.WriteString(tag[:len(tag)-len(list)])
	for list != "" {
		var attribute string
		attribute, list = cutAttribute(list)
		name, value, quoted := strings.Cut(attribute, "=\"")
		name = strings.TrimSpace(name)
		if end := strings.IndexByte(value, '"'); quoted && end >= 0 && (name == "URI" || strings.HasSuffix(name, "-URI")) {
			at := len(attribute) - len(value)
			attribute = attribute[:at] + replaceURI(base, value[:end], replace) + value[end:]
		}
		out.WriteString(attribute)
	}
	return out.String()
}

// cutAttribute cuts list behind its first comma outside quotes.
func cutAttribute(list string) (attribute, rest string) {
	quoted := false
	for i := range len(list) {
		switch list[i] {
		case '"':
			quoted = !quoted
		case ',':
			if !quoted {
				return list[:i+1], list[i+1:]
			}
		}
	}
	return list, ""
}
