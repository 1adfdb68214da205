package edge

import (
	"slices"
	"strings"

	"github.com/warmfront/warmfront/internal/httpcache"
)

// Bounds of the cache tags of a response (Developer Guide, "Invalidating content by cache tags").
const (
	maxTags     = 50
	maxTagBytes = 256
)

// cacheTags reads a response's cache tags from the field that the distribution names, in lower
// case: a list separated by commas, blanks around its members trimmed. What is not 1 to 256
// visible ASCII characters is passed over, as is what follows the 50th tag.
func cacheTags(h httpcache.Header, name string) []string {
	if name == "" {
		return nil
	}
	var tags []string
	for i := range h {
		if !strings.EqualFold(h[i].Name, name) {
			continue
		}
		for tag := range strings.SplitSeq(h[i].Value, ",") {
			tag = strings.ToLower(strings.Trim(tag, " \t"))
			if !isTag(tag) || slices.Contains(tags, tag) {
				continue
			}
			if tags = append(tags, tag); len(tags) == maxTags {
				return tags
			}
		}
	}
	return tags
}

func isTag(s string) bool {
	return s != "" && len(s) <= maxTagBytes && strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f }) < 0
}
