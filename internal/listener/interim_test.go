package listener

import (
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/edge"
)

// RFC 9110, 15.2: interim responses go ahead of the response, never to HTTP/1.0, and leave
// nothing behind in it.
func TestInterim(t *testing.T) {
	s := start(t, handlerFunc(func(req *edge.Request, w edge.Responder) {
		i := w.(edge.InterimResponder)
		i.Interim(103, fields("Link", "</a>; rel=preload", "X-Evil", "a\r\nb"))
		i.Interim(103, fields("Link", "</b>"))
		i.Interim(101, nil)
		i.Interim(200, nil)
		w.Respond(&edge.Response{Status: 200, Fields: fields("X-A", "1"), Bytes: []byte("ok"), ContentLength: 2})
	}), nil)
	got := talk(t, s.plain, "GET / HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n", time.Minute)
	want := "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </b>\r\n\r\nHTTP/1.1 200 OK\r\nX-A: 1\r\n"
	if !strings.HasPrefix(got, want) {
		t.Errorf("HTTP/1.1: %q", got)
	}
	if got := talk(t, s.plain, "GET / HTTP/1.0\r\nHost: example.com\r\n\r\n", time.Minute); !strings.HasPrefix(got, "HTTP/1.1 200 OK\r\n") {
		t.Errorf("HTTP/1.0: %q", got)
	}
	for _, p := range s.protocols(t) {
		var hints []string
		req, err := http.NewRequest("GET", p.base+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		req = req.WithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(_ int, h textproto.MIMEHeader) error {
			hints = append(hints, h.Get("Link"))
			return nil
		}}))
		resp, err := p.client.Do(req)
		if err != nil {
			t.Errorf("%s: %v", p.name, err)
			continue
		}
		resp.Body.Close()
		if resp.StatusCode != 200 || resp.Header.Get("Link") != "" || resp.Header.Get("X-A") != "1" {
			t.Errorf("%s: %d %v", p.name, resp.StatusCode, resp.Header)
		}
		if len(hints) != 2 {
			t.Errorf("%s: hints %q", p.name, hints)
		}
	}
}
