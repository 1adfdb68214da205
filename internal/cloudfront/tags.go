package cloudfront

import (
	"slices"
	"strings"
	"unicode"
)

// ValidateTags judges tags to be added to a resource (service model, TagKey and TagValue).
func ValidateTags(tags []Tag) error {
	var keys []string
	for _, t := range tags {
		if err := validateTagKey(t.Key); err != nil {
			return err
		}
		if slices.Contains(keys, t.Key) {
			return Errorf("InvalidTagging", "The tag key %q is given twice.", t.Key)
		}
		keys = append(keys, t.Key)
		if v := deref(t.Value); len([]rune(v)) > 256 || !isTagText(v) {
			return Errorf("InvalidTagging", "The value of the tag %q is too long or contains an invalid character.", t.Key)
		}
	}
	return ValidateTagCount(len(keys))
}

// ValidateTagCount applies the most tags a resource may have, to be called with the number
// that would result.
func ValidateTagCount(n int) error {
	if n > MaxTags {
		return Errorf("InvalidTagging", "A resource can have at most %d tags.", MaxTags)
	}
	return nil
}

// ValidateTagKeys judges the keys of tags to be removed.
func ValidateTagKeys(keys []string) error {
	for _, k := range keys {
		if err := validateTagKey(k); err != nil {
			return err
		}
	}
	return nil
}

func validateTagKey(k string) error {
	if k == "" || len([]rune(k)) > 128 || !isTagText(k) {
		return Errorf("InvalidTagging", "The tag key %q is empty, too long or contains an invalid character.", k)
	}
	if strings.HasPrefix(strings.ToLower(k), "aws:") {
		return Errorf("InvalidTagging", "The tag key %q begins with aws:, which is reserved.", k)
	}
	return nil
}

// isTagText holds for letters, separators and digits of any script and _ . : / = + - @.
func isTagText(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.In(r, unicode.L, unicode.Z, unicode.N) && !strings.ContainsRune("_.:/=+-@", r)
	})
}
