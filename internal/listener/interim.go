package listener

import (
	"net/http"
	"net/textproto"
	"strconv"
	"strings"

	"github.com/warmfront/warmfront/internal/edge"
)

// Interim implements edge.InterimResponder.
func (x *exchange) Interim(status int, fields []edge.Field) {
	if x.responded || x.req.Proto == edge.HTTP10 || status < 102 || status > 199 {
		return
	}
	b := append([]byte(nil), "HTTP/1.1 "...)
	b = strconv.AppendInt(b, int64(status), 10)
	b = append(b, ' ')
	b = append(b, http.StatusText(status)...)
	b = append(b, "\r\n"...)
	for i := range fields {
		if f := &fields[i]; !strings.ContainsAny(f.Value, "\r\n") {
			b = append(append(append(b, f.Name...), ": "...), f.Value...)
			b = append(b, "\r\n"...)
		}
	}
	x.body.mu.Lock() // a reader of the body may be sending 100 Continue
	defer x.body.mu.Unlock()
	_ = x.write(append(b, "\r\n"...)) // if that fails, so will the response
}

// Interim implements edge.InterimResponder.
func (x *h3Exchange) Interim(status int, fields []edge.Field) {
	if x.responded || status < 102 || status > 199 {
		return
	}
	h := x.w.Header()
	clear(h)
	for i := range fields {
		if f := &fields[i]; !strings.ContainsAny(f.Value, "\r\n") {
			name := textproto.CanonicalMIMEHeaderKey(f.Name)
			h[name] = append(h[name], f.Value)
		}
	}
	x.w.WriteHeader(status)
	clear(h)
}
