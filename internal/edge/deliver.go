package edge

// deliver completes the answer with what the edge says of itself and hands it to the listener.
// The exchange ends with the answer's Done, which may come before Respond returns: nothing
// touches it afterwards.
func (e *Edge) deliver(x *exchange) {
	body := x.sending
	e.signManifest(x)
	e.responseHeaders(x)
	e.sayStatus(x)
	x.add("X-Cache", cacheWords[x.result])
	via := e.unknownVia
	if x.dist != nil {
		via = x.dist.ViaField
	}
	x.add("Via", via)
	x.add("X-Amz-Cf-Pop", e.o.POP)
	x.add("X-Amz-Cf-Id", x.id)
	if x.dist != nil && x.dist.HTTP3 && x.req.TLS != nil {
		x.add("Alt-Svc", e.altSvc)
	}
	if len(x.signed) > 0 {
		e.usage.note(x.keyID, x.stripe, x.begin, x.signed[0].Expires)
	}
	e.depart(x)
	x.out.Fields = x.fields
	x.out.Done = x.done
	e.note(x)
	x.w.Respond(&x.out)
	if body != nil {
		body.close()
	}
}

// finish is the answer's Done: the last byte is on its way, or the viewer is lost.
func (x *exchange) finish(sent int64, err error) {
	x.e.record(x, sent, err, x.land())
	x.recycle()
}
