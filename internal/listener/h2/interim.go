package h2

import "github.com/warmfront/warmfront/internal/edge"

// Interim implements edge.InterimResponder: a HEADERS frame of its own that does not end the
// stream (RFC 9113, 8.1).
func (st *stream) Interim(status int, fields []edge.Field) {
	if status < 102 || status > 199 {
		return
	}
	c := st.c
	c.mu.Lock()
	if st.responded || c.sendable(st) != nil {
		c.mu.Unlock()
		return
	}
	c.writeHead(st, &edge.Response{Status: status, Fields: fields}, -1, false)
	c.unlock()
	c.flush(false)
}
