package cloudfront

import "reflect"

// Behavior is the default cache behavior in the shape of the others, with path pattern "*".
// It shares everything it points to with d.
func (d *DefaultCacheBehavior) Behavior() CacheBehavior {
	b := CacheBehavior{PathPattern: "*"}
	copyFields(reflect.ValueOf(&b).Elem(), reflect.ValueOf(d).Elem())
	return b
}

// setBehavior is the inverse of Behavior.
func (d *DefaultCacheBehavior) setBehavior(b CacheBehavior) {
	copyFields(reflect.ValueOf(d).Elem(), reflect.ValueOf(&b).Elem())
}

// copyFields sets each field of dst that src has too. The two behaviors are generated from
// model shapes that differ in the path pattern alone, which a test keeps.
func copyFields(dst, src reflect.Value) {
	for i := range dst.NumField() {
		if f := src.FieldByName(dst.Type().Field(i).Name); f.IsValid() {
			dst.Field(i).Set(f)
		}
	}
}

// Behaviors lists a configuration's cache behaviors in the order they are matched: the listed
// ones, then the default one. They share what they point to with c.
func (c *DistributionConfig) Behaviors() []CacheBehavior {
	var out []CacheBehavior
	if c.CacheBehaviors != nil {
		out = append(out, c.CacheBehaviors.Items...)
	}
	return append(out, c.DefaultCacheBehavior.Behavior())
}
