package listener

import (
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/edge"
)

// RFC 9110, 10.1.1: once the response has begun, 100 Continue would be read as part of it. An
// origin that answers early may still be reading then.
func TestNoContinueAfterTheResponse(t *testing.T) {
	late := make(chan error, 1)
	s := start(t, handlerFunc(func(req *edge.Request, w edge.Responder) {
		w.Respond(&edge.Response{Status: 403, Bytes: []byte("no"), ContentLength: 2})
		_, err := req.Body.Read(make([]byte, 10))
		late <- err
	}), nil)
	got := talk(t, s.plain, "POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n", time.Minute)
	if strings.Contains(got, "100 Continue") || !strings.HasPrefix(got, "HTTP/1.1 403 ") || !strings.HasSuffix(got, "\r\n\r\nno[closed]") {
		t.Errorf("%q", got)
	}
	if err := <-late; err == nil {
		t.Error("a late read has found a body")
	}
}
