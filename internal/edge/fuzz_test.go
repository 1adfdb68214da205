package edge

import (
	"strings"
	"testing"
)

// FuzzServe sends whatever it likes at a restricted behavior beside a public one. No request
// without a true signature may see what only /private/ holds, and each is answered once.
func FuzzServe(f *testing.F) {
	for _, s := range spellings {
		f.Add(s, "", "")
	}
	f.Add("/private/x?Signature=AAAA&Policy=e30_&Key-Pair-Id=APKATEST&Hash-Algorithm=SHA256", "bytes=0-", "")
	f.Add("/x?a=b&&=", "bytes=-5", "CloudFront-Policy=AAAA; CloudFront-Signature=\"~\"; CloudFront-Key-Pair-Id=APKATEST; ;=")
	f.Fuzz(func(t *testing.T, target, ranged, cookie string) {
		w := private(t, Options{}, nil)
		v := &once{viewer: get(target, "Range", ranged, "If-Range", ranged, "Cookie", cookie, "Accept-Encoding", cookie)}
		v.Header = v.header
		w.edge.Serve(&v.viewer.Request, v)
		if v.answers != 1 {
			t.Fatalf("%q was answered %d times", target, v.answers)
		}
		w.settle()
		for _, r := range w.origin.asked {
			if strings.HasPrefix(r.Target, "/private/") || strings.HasPrefix(strings.ToLower(r.Target), "/%70rivate/") {
				t.Fatalf("%q was admitted unsigned", target)
			}
		}
	})
}

// once counts answers.
type once struct {
	*viewer
	answers int
}

func (o *once) Respond(r *Response) {
	o.answers++
	o.viewer.Respond(r)
}
