package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/warmfront/warmfront/internal/cloudfront"
)

// write sends the answer to a successful call.
func (d *door) write(w http.ResponseWriter, r *http.Request, c *call, answer *reply) {
	var body []byte
	if answer.body != nil {
		var err error
		if body, err = cloudfront.Encode(c.op.ResponseRoot, c.namespace, answer.body); err != nil {
			d.writeError(w, c, err)
			return
		}
	}
	if answer.etag != "" {
		w.Header().Set("ETag", answer.etag)
	}
	if answer.location != "" {
		w.Header().Set("Location", origin(r)+c.prefix+answer.location)
	}
	d.send(w, c, c.op.Status, body)
}

// origin is the scheme and authority the client used.
func origin(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// errorResponse is the envelope of every error.
type errorResponse struct {
	Error     errorBody `xml:"Error"`
	RequestID string    `xml:"RequestId"`
}

type errorBody struct {
	Type    string `xml:"Type"`
	Code    string `xml:"Code"`
	Message string `xml:"Message"`
}

// writeError sends an error. Only the text of a *cloudfront.Error reaches the client; its
// cause, and any other error, go to the log.
func (d *door) writeError(w http.ResponseWriter, c *call, err error) {
	e, ok := errors.AsType[*cloudfront.Error](err)
	if !ok {
		e = cloudfront.Errorf("InternalError", "We encountered an internal error. Please try again.")
	}
	if e.Status >= http.StatusInternalServerError {
		d.logFailure(c, err)
	}
	body, encodeErr := cloudfront.Encode("ErrorResponse", c.namespace, errorResponse{
		Error:     errorBody{Type: e.Fault(), Code: e.Code, Message: e.Message},
		RequestID: c.requestID,
	})
	if encodeErr != nil {
		d.logFailure(c, encodeErr)
	}
	d.send(w, c, e.Status, body)
}

func (d *door) logFailure(c *call, err error) {
	if c.ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return // the client has gone; nothing failed here
	}
	name := ""
	if c.op != nil {
		name = c.op.Name
	}
	d.o.Log.ErrorContext(c.ctx, "api request failed", "operation", name, "request_id", c.requestID, "error", err)
}

func (d *door) send(w http.ResponseWriter, c *call, status int, body []byte) {
	h := w.Header()
	h.Set("X-Amzn-Requestid", c.requestID)
	if len(body) > 0 {
		h.Set("Content-Type", "text/xml")
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(status)
	// A failed write means the client has gone; there is nobody left to tell.
	_, _ = w.Write(body)
}
