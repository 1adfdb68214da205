package cloudfront

import (
	"reflect"
	"slices"
	"strings"
)

// Validate judges a configuration completed by SetDefaults by itself: everything that needs
// no other resource. It returns the first fault found as an *Error with CloudFront's code, or
// nil. It does not change c.
func Validate(c *DistributionConfig, l Limits) error {
	for _, check := range []func(*DistributionConfig, Limits) error{
		checkShape,
		checkNames,
		checkAliases,
		checkDefaultRootObject,
		checkOrigins,
		checkOriginGroups,
		checkBehaviors,
		checkErrorResponses,
		checkCertificate,
		checkRestrictions,
		checkCacheTags,
	} {
		if err := check(c, l); err != nil {
			return err
		}
	}
	return nil
}

func checkShape(c *DistributionConfig, _ Limits) error { return checkQuantities(c) }

// checkQuantities compares every Quantity in a document with its Items, and every enumerated
// value with its enumeration (a document may have come as JSON, unchecked by Decode).
func checkQuantities(document any) error {
	return walkQuantities(reflect.ValueOf(document).Elem(), "")
}

func walkQuantities(v reflect.Value, path string) error {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return walkQuantities(v.Elem(), path)
	case reflect.Slice:
		for i := range v.Len() {
			if err := walkQuantities(v.Index(i), path); err != nil {
				return err
			}
		}
	case reflect.String:
		return checkEnum(v, path)
	case reflect.Struct:
		quantity, items := v.FieldByName("Quantity"), v.FieldByName("Items")
		if quantity.IsValid() && items.IsValid() && quantity.Int() != int64(items.Len()) {
			return Errorf("InconsistentQuantities", "The value of Quantity and the size of Items don't match at '%s': %d and %d.", strings.TrimPrefix(path, "."), quantity.Int(), items.Len())
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				if err := walkQuantities(v.Field(i), path+"."+f.Name); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// maxComment is the longest comment of any resource, in characters.
const maxComment = 128

func checkNames(c *DistributionConfig, _ Limits) error {
	if err := checkReference(c.CallerReference); err != nil {
		return err
	}
	return checkComment(c.Comment)
}

func checkReference(ref string) error {
	if ref == "" {
		return invalid("The parameter CallerReference is required.")
	}
	if len(ref) > 512 {
		return invalid("The parameter CallerReference is too long.")
	}
	return nil
}

func checkComment(comment string) error {
	if len([]rune(comment)) > maxComment {
		return invalid("The parameter Comment is too long: its maximum is %d characters.", maxComment)
	}
	return nil
}

func checkAliases(c *DistributionConfig, l Limits) error {
	aliases := c.Aliases.Items
	for i, a := range aliases {
		if !isAlias(a) || slices.Contains(aliases[:i], a) {
			return invalid("The parameter CNAME contains one or more parameters that are not valid: %q.", a)
		}
	}
	return quota("TooManyDistributionCNAMEs", len(aliases), l.Aliases, "alternate domain names")
}

func checkDefaultRootObject(c *DistributionConfig, _ Limits) error {
	object := *c.DefaultRootObject
	if len(object) > 255 || strings.HasPrefix(object, "/") || !isURLPath(object) {
		return Errorf("InvalidDefaultRootObject", "The default root object file name is too long, starts with a slash or contains an invalid character: %q.", object)
	}
	return nil
}

// isURLPath holds for printable ASCII without blanks and without what ends a path.
func isURLPath(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || r == '?' || r == '#' || r == '\\'
	})
}

// errorCodes are the origin statuses that may have a custom error response.
func errorCodes() []int64 {
	return []int64{400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}
}

func checkErrorResponses(c *DistributionConfig, _ Limits) error {
	var seen []int64
	for _, r := range c.CustomErrorResponses.Items {
		switch page, code := deref(r.ResponsePagePath), deref(r.ResponseCode); {
		case !slices.Contains(errorCodes(), r.ErrorCode):
			return Errorf("InvalidErrorCode", "An invalid error code was specified: %d.", r.ErrorCode)
		case slices.Contains(seen, r.ErrorCode):
			return invalid("The parameter ErrorCode contains the duplicate value %d.", r.ErrorCode)
		case (page == "") != (code == ""):
			return Errorf("InvalidResponseCode", "The parameters ResponsePagePath and ResponseCode must be given together for error code %d.", r.ErrorCode)
		case code != "" && !isResponseCode(code):
			return Errorf("InvalidResponseCode", "An invalid response code was specified: %q.", code)
		case page != "" && (!strings.HasPrefix(page, "/") || len(page) > 4000 || !isURLPath(page)):
			return invalid("The parameter ResponsePagePath must begin with a slash: %q.", page)
		case deref(r.ErrorCachingMinTTL) < 0 || deref(r.ErrorCachingMinTTL) > maxTTL:
			return invalid("The parameter ErrorCachingMinTTL is out of range: %d.", *r.ErrorCachingMinTTL)
		}
		seen = append(seen, r.ErrorCode)
	}
	return nil
}

// checkCacheTags: the field that lists cache tags needs a name.
func checkCacheTags(c *DistributionConfig, _ Limits) error {
	if t := c.CacheTagConfig; t != nil && (!isToken(t.HeaderName) || len(t.HeaderName) > 256) {
		return invalid("The parameter HeaderName of CacheTagConfig is not a valid header name: %q.", t.HeaderName)
	}
	return nil
}

func isResponseCode(s string) bool {
	return s == "200" || slices.ContainsFunc(errorCodes(), func(c int64) bool { return s == itoa(c) })
}
