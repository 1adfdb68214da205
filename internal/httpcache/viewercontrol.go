package httpcache

// RequestControl is what of a viewer's Cache-Control binds a shared cache that speaks for an
// origin (RFC 9111, 5.2.1). Directives by which a viewer would prefer a fresher or a staler
// answer are wishes: heeding them would let any viewer reach the origin at will.
type RequestControl struct {
	NoStore      bool // the answer must not be stored
	OnlyIfCached bool // answer from the store or with 504
}

// ParseRequestControl reads the values of all Cache-Control lines of a request.
func ParseRequestControl(values []string) RequestControl {
	var c RequestControl
	elements(values, func(e string) {
		switch {
		case equalFold(e, "no-store"):
			c.NoStore = true
		case equalFold(e, "only-if-cached"):
			c.OnlyIfCached = true
		}
	})
	return c
}
