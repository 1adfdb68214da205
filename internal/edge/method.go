package edge

import "github.com/warmfront/warmfront/internal/snapshot"

// method refuses methods the behavior does not allow (Developer Guide, "Allowed HTTP methods").
func (e *Edge) method(x *exchange) *failure {
	x.method = snapshot.MethodOf(x.req.Method)
	if x.behavior.Allowed.Has(x.method) || e.unknownMethod(x) {
		return nil
	}
	cause := "This distribution is not configured to allow the HTTP request method that was used for this request."
	if x.behavior.Allowed&^(snapshot.GET|snapshot.HEAD|snapshot.OPTIONS) == 0 {
		cause += " The distribution supports only cachable requests."
	}
	return &failure{status: 403, cause: cause, detail: InvalidRequestMethod}
}
