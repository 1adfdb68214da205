package h2

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"golang.org/x/net/http2"

	"github.com/warmfront/warmfront/internal/edge"
)

// Frame types and flags, short.
const (
	fData, fHeaders, fPriority, fReset, fSettings, fPush, fPing, fGoAway, fWindow, fCont = http2.FrameData, http2.FrameHeaders,
		http2.FramePriority, http2.FrameRSTStream, http2.FrameSettings, http2.FramePushPromise, http2.FramePing, http2.FrameGoAway,
		http2.FrameWindowUpdate, http2.FrameContinuation
	endStream, endHeaders, padded, priority http2.Flags = 0x1, 0x4, 0x8, 0x20
)

// requirements are what RFC 9113 and RFC 7541 say an endpoint must do, by section. want are the
// events that follow what is sent: a response's head (a dot: and its end) or end, a reset, or
// GOAWAY and the end of the connection; after the others the connection must still work.
var requirements = []struct {
	section, name string
	send          func(p *peer)
	want          string
}{
	{"4.1", "unknown frame types are ignored", func(p *peer) { p.raw(0x16, 0xff, 0, 1, 2, 3); p.get(1, "/") }, "1:200 1."},
	{"4.1", "undefined flags are ignored", func(p *peer) {
		p.framer.WriteRawFrame(fPing, 0x16, 0, make([]byte, 8))
		p.get(1, "/")
	}, "PING 1:200 1."},
	{"4.1", "the reserved bit is ignored", func(p *peer) {
		b := p.block(request("GET", "/")...)
		p.conn.Write(append([]byte{0, 0, byte(len(b)), 1, 5, 0x80, 0, 0, 1}, b...))
	}, "1:200 1."},
	{"4.2", "frames of 2^14 bytes are taken", func(p *peer) {
		p.headers(1, false, request("POST", "/")...)
		p.framer.WriteData(1, true, make([]byte, 16384))
	}, "1:200 1."},
	{"4.2", "larger DATA", func(p *peer) {
		p.headers(1, false, request("POST", "/")...)
		p.framer.WriteData(1, true, make([]byte, 16385))
	}, "GOAWAY FRAME_SIZE_ERROR"},
	{"4.2", "larger HEADERS", func(p *peer) { p.raw(fHeaders, endStream|endHeaders, 1, make([]byte, 16385)...) }, "GOAWAY FRAME_SIZE_ERROR"},
	{"4.3", "a block that cannot be decoded", func(p *peer) { p.raw(fHeaders, endStream|endHeaders, 1, 0x82, 0x86, 0x84, 0x3f, 0xff, 0xff, 0xff) }, "GOAWAY COMPRESSION_ERROR"},
	{"4.3", "a block in two pieces", func(p *peer) {
		b := p.block(request("GET", "/")...)
		p.raw(fHeaders, endStream, 1, b[:3]...)
		p.raw(fCont, endHeaders, 1, b[3:]...)
	}, "1:200 1."},
	{"4.3", "another stream's HEADERS within a block", func(p *peer) {
		b := p.block(request("GET", "/")...)
		p.raw(fHeaders, endStream, 1, b...)
		p.raw(fHeaders, endStream|endHeaders, 3, b...)
	}, "GOAWAY PROTOCOL_ERROR"},
	{"4.3", "PRIORITY within a block", func(p *peer) {
		p.raw(fHeaders, endStream, 1, p.block(request("GET", "/")...)...)
		p.raw(fPriority, 0, 1, 0, 0, 0, 0, 1)
	}, "GOAWAY PROTOCOL_ERROR"},
	{"4.3", "an unknown frame within a block", func(p *peer) {
		p.raw(fHeaders, endStream, 1, p.block(request("GET", "/")...)...)
		p.raw(0x16, 0, 0)
	}, "GOAWAY PROTOCOL_ERROR"},
	{"4.3", "a refused request still changes the table", func(p *peer) {
		p.headers(1, true, request("GET", "/", "X-Upper", "1", "x-kept", "2")...)
		p.headers(3, true, request("GET", "/", "x-kept", "2")...)
	}, "RST 1 PROTOCOL_ERROR 3:200 3."},

	{"5.1", "idle: DATA", func(p *peer) { p.framer.WriteData(1, true, nil) }, "GOAWAY PROTOCOL_ERROR"},
	{"5.1", "idle: RST_STREAM", func(p *peer) { p.framer.WriteRSTStream(1, http2.ErrCodeCancel) }, "GOAWAY PROTOCOL_ERROR"},
	{"5.1", "idle: WINDOW_UPDATE", func(p *peer) { p.framer.WriteWindowUpdate(1, 1) }, "GOAWAY PROTOCOL_ERROR"},
	{"5.1", "idle: CONTINUATION", func(p *peer) { p.raw(fCont, endHeaders, 1, 0x82) }, "GOAWAY PROTOCOL_ERROR"},
	{"5.1", "idle: PRIORITY is no error", func(p *peer) { p.raw(fPriority, 0, 5, 0, 0, 0, 0, 1); p.get(1, "/") }, "1:200 1."},
	{"5.1", "half closed: DATA", func(p *peer) { p.get(1, "/slow"); p.framer.WriteData(1, true, nil) }, "RST 1 STREAM_CLOSED"},
	{"5.1", "half closed: HEADERS", func(p *peer) { p.get(1, "/slow"); p.get(1, "/slow") }, "RST 1 STREAM_CLOSED"},
	{"5.1", "half closed: CONTINUATION", func(p *peer) { p.get(1, "/slow"); p.raw(fCont, endHeaders, 1, 0x82) }, "GOAWAY PROTOCOL_ERROR"},
	{"5.1", "half closed: WINDOW_UPDATE, PRIORITY", func(p *peer) {
		p.get(1, "/slow")
		p.framer.WriteWindowUpdate(1, 10)
		p.raw(fPriority, 0, 1, 0, 0, 0, 0, 1)
	}, ""},
	{"5.1", "reset by the viewer: DATA", func(p *peer) {
		p.headers(1, false, request("POST", "/")...)
		p.framer.WriteRSTStream(1, http2.ErrCodeCancel)
		p.framer.WriteData(1, true, nil)
	}, "RST 1 STREAM_CLOSED"},
	{"5.1", "reset by the viewer: HEADERS", func(p *peer) {
		p.headers(1, false, request("POST", "/")...)
		p.framer.WriteRSTStream(1, http2.ErrCodeCancel)
		p.get(1, "/")
	}, "GOAWAY STREAM_CLOSED"},
	{"5.1", "reset by the viewer: WINDOW_UPDATE, PRIORITY, RST_STREAM", func(p *peer) {
		p.headers(1, false, request("POST", "/")...)
		p.framer.WriteRSTStream(1, http2.ErrCodeCancel)
		p.framer.WriteWindowUpdate(1, 10)
		p.raw(fPriority, 0, 1, 0, 0, 0, 0, 1)
		p.framer.WriteRSTStream(1, http2.ErrCodeCancel)
	}, ""},
	{"5.1", "reset by us: what was under way is ignored", func(p *peer) {
		p.headers(1, false, request("POST", "/", "content-length", "1")...)
		p.framer.WriteData(1, false, []byte("two"))
		p.framer.WriteData(1, false, []byte("more"))
		p.headers(1, true, "x-trailer", "1")
		p.framer.WriteWindowUpdate(1, 10)
		p.get(3, "/")
	}, "RST 1 PROTOCOL_ERROR 3:200 3."},
	{"5.1", "closed: HEADERS", func(p *peer) { p.get(1, "/"); p.await("1:200 1."); p.get(1, "/") }, "GOAWAY STREAM_CLOSED"},
	{"5.1", "closed: DATA", func(p *peer) { p.get(1, "/"); p.await("1:200 1."); p.framer.WriteData(1, true, nil) }, "RST 1 STREAM_CLOSED"},
	{"5.1.1", "even stream numbers", func(p *peer) { p.get(2, "/") }, "GOAWAY PROTOCOL_ERROR"},
	{"5.1.1", "stream numbers that go down", func(p *peer) { p.get(5, "/"); p.await("5:200 5."); p.get(3, "/") }, "GOAWAY PROTOCOL_ERROR"},
	{"5.1.2", "too many streams", func(p *peer) {
		for i := range uint32(100) {
			p.get(2*i+1, "/slow")
		}
		p.get(201, "/")
		p.framer.WriteRSTStream(1, http2.ErrCodeCancel)
	}, "RST 201 REFUSED_STREAM"},
	{"5.3", "HEADERS with a priority", func(p *peer) {
		p.raw(fHeaders, endStream|endHeaders|priority, 1, append([]byte{0x80, 0, 0, 9, 255}, p.block(request("GET", "/")...)...)...)
	}, "1:200 1."},
	{"5.3", "HEADERS that depend on themselves", func(p *peer) {
		p.raw(fHeaders, endStream|endHeaders|priority, 1, append([]byte{0, 0, 0, 1, 255}, p.block(request("GET", "/")...)...)...)
	}, "RST 1 PROTOCOL_ERROR"},
	{"5.3", "PRIORITY on itself", func(p *peer) { p.get(1, "/slow"); p.raw(fPriority, 0, 1, 0, 0, 0, 1, 1) }, "RST 1 PROTOCOL_ERROR"},
	{"5.5", "unknown settings are ignored", func(p *peer) {
		p.framer.WriteSettings(http2.Setting{ID: 0xff, Val: 1})
		p.get(1, "/")
	}, "1:200 1."},

	{"6.1", "DATA on the connection", func(p *peer) { p.framer.WriteData(0, true, nil) }, "GOAWAY PROTOCOL_ERROR"},
	{"6.1", "padded DATA", func(p *peer) {
		p.headers(1, false, request("POST", "/", "content-length", "2")...)
		p.framer.WriteDataPadded(1, true, []byte("ab"), make([]byte, 200))
	}, "1:200 1."},
	{"6.1", "DATA with too much padding", func(p *peer) {
		p.headers(1, false, request("POST", "/")...)
		p.raw(fData, endStream|padded, 1, 5, 0, 0)
	}, "GOAWAY PROTOCOL_ERROR"},
	{"6.1", "DATA without its pad length", func(p *peer) {
		p.headers(1, false, request("POST", "/")...)
		p.raw(fData, endStream|padded, 1)
	}, "GOAWAY FRAME_SIZE_ERROR"},
	{"6.2", "HEADERS on the connection", func(p *peer) { p.get(0, "/") }, "GOAWAY PROTOCOL_ERROR"},
	{"6.2", "padded HEADERS", func(p *peer) {
		b := append([]byte{4}, p.block(request("GET", "/")...)...)
		p.raw(fHeaders, endStream|endHeaders|padded, 1, append(b, 0, 0, 0, 0)...)
	}, "1:200 1."},
	{"6.2", "HEADERS with too much padding", func(p *peer) { p.raw(fHeaders, endStream|endHeaders|padded, 1, 200, 0x82) }, "GOAWAY PROTOCOL_ERROR"},
	{"6.3", "PRIORITY on the connection", func(p *peer) { p.raw(fPriority, 0, 0, 0, 0, 0, 0, 1) }, "GOAWAY PROTOCOL_ERROR"},
	{"6.3", "PRIORITY of four bytes", func(p *peer) { p.get(1, "/slow"); p.raw(fPriority, 0, 1, 0, 0, 0, 0) }, "GOAWAY FRAME_SIZE_ERROR"},
	{"6.4", "RST_STREAM on the connection", func(p *peer) { p.framer.WriteRSTStream(0, 8) }, "GOAWAY PROTOCOL_ERROR"},
	{"6.4", "RST_STREAM of three bytes", func(p *peer) { p.get(1, "/slow"); p.raw(fReset, 0, 1, 0, 0, 0) }, "GOAWAY FRAME_SIZE_ERROR"},
	{"6.5", "an acknowledgement with settings", func(p *peer) { p.raw(fSettings, 1, 0, 0, 1, 0, 0, 0, 0) }, "GOAWAY FRAME_SIZE_ERROR"},
	{"6.5", "SETTINGS on a stream", func(p *peer) { p.raw(fSettings, 0, 1) }, "GOAWAY PROTOCOL_ERROR"},
	{"6.5", "SETTINGS of three bytes", func(p *peer) { p.raw(fSettings, 0, 0, 0, 1, 0) }, "GOAWAY FRAME_SIZE_ERROR"},
	{"6.5.2", "ENABLE_PUSH of 2", func(p *peer) { p.framer.WriteSettings(http2.Setting{ID: http2.SettingEnablePush, Val: 2}) }, "GOAWAY PROTOCOL_ERROR"},
	{"6.5.2", "INITIAL_WINDOW_SIZE of 2^31", func(p *peer) {
		p.framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 31})
	}, "GOAWAY FLOW_CONTROL_ERROR"},
	{"6.5.2", "MAX_FRAME_SIZE of 2^14-1", func(p *peer) {
		p.framer.WriteSettings(http2.Setting{ID: http2.SettingMaxFrameSize, Val: 16383})
	}, "GOAWAY PROTOCOL_ERROR"},
	{"6.5.2", "MAX_FRAME_SIZE of 2^24", func(p *peer) {
		p.framer.WriteSettings(http2.Setting{ID: http2.SettingMaxFrameSize, Val: 1 << 24})
	}, "GOAWAY PROTOCOL_ERROR"},
	{"6.6", "PUSH_PROMISE from a client", func(p *peer) {
		p.raw(fPush, endHeaders, 1, append([]byte{0, 0, 0, 2}, p.block(request("GET", "/")...)...)...)
	}, "GOAWAY PROTOCOL_ERROR"},
	{"6.7", "PING is answered", func(p *peer) { p.framer.WritePing(false, [8]byte{7}) }, "PING"},
	{"6.7", "an acknowledgement is not", func(p *peer) { p.framer.WritePing(true, [8]byte{7}) }, ""},
	{"6.7", "PING on a stream", func(p *peer) { p.raw(fPing, 0, 1, make([]byte, 8)...) }, "GOAWAY PROTOCOL_ERROR"},
	{"6.7", "PING of six bytes", func(p *peer) { p.raw(fPing, 0, 0, make([]byte, 6)...) }, "GOAWAY FRAME_SIZE_ERROR"},
	{"6.8", "GOAWAY on a stream", func(p *peer) { p.raw(fGoAway, 0, 1, make([]byte, 8)...) }, "GOAWAY PROTOCOL_ERROR"},
	{"6.8", "requests under way are answered after the viewer's GOAWAY", func(p *peer) {
		p.headers(1, false, request("POST", "/")...)
		p.framer.WriteGoAway(0, http2.ErrCodeNo, []byte("bye"))
		p.framer.WriteData(1, true, nil)
	}, "1:200 1."},
	{"6.9", "WINDOW_UPDATE of 0 on the connection", func(p *peer) { p.framer.WriteWindowUpdate(0, 0) }, "GOAWAY PROTOCOL_ERROR"},
	{"6.9", "WINDOW_UPDATE of 0 on a stream", func(p *peer) { p.get(1, "/slow"); p.framer.WriteWindowUpdate(1, 0) }, "RST 1 PROTOCOL_ERROR"},
	{"6.9", "WINDOW_UPDATE of three bytes", func(p *peer) { p.raw(fWindow, 0, 0, 0, 0, 1) }, "GOAWAY FRAME_SIZE_ERROR"},
	{"6.9.1", "a connection's window above 2^31-1", func(p *peer) { p.framer.WriteWindowUpdate(0, 1<<31-1) }, "GOAWAY FLOW_CONTROL_ERROR"},
	{"6.9.1", "a stream's window above 2^31-1", func(p *peer) { p.get(1, "/slow"); p.framer.WriteWindowUpdate(1, 1<<31-1) }, "RST 1 FLOW_CONTROL_ERROR"},
	{"6.9.1", "more DATA than a stream's window", func(p *peer) {
		p.headers(1, false, request("POST", "/slow/unread")...)
		for range streamWindow/16384 + 1 {
			p.framer.WriteData(1, false, make([]byte, 16384))
		}
	}, "RST 1 FLOW_CONTROL_ERROR"},
	{"6.9.1", "more DATA than the connection's window", func(p *peer) {
		for id := uint32(1); id < 11; id += 2 {
			p.headers(id, false, request("POST", "/slow/unread")...)
			for range streamWindow / 16384 {
				p.framer.WriteData(id, false, make([]byte, 16384))
			}
		}
	}, "GOAWAY FLOW_CONTROL_ERROR"},
	{"6.9.2", "a change that makes a stream's window too large", func(p *peer) {
		p.get(1, "/slow")
		p.framer.WriteWindowUpdate(1, 1<<31-1-65535)
		p.framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 65536})
	}, "GOAWAY FLOW_CONTROL_ERROR"},
	{"6.10", "CONTINUATION frames, an empty one among them", func(p *peer) {
		b := p.block(request("GET", "/")...)
		p.raw(fHeaders, endStream, 1, b[0])
		p.raw(fCont, 0, 1)
		p.raw(fCont, 0, 1, b[1:4]...)
		p.raw(fCont, endHeaders, 1, b[4:]...)
	}, "1:200 1."},
	{"6.10", "DATA within a block", func(p *peer) {
		p.raw(fHeaders, 0, 1, p.block(request("POST", "/")...)...)
		p.framer.WriteData(1, true, nil)
	}, "GOAWAY PROTOCOL_ERROR"},
	{"6.10", "CONTINUATION on the connection", func(p *peer) {
		p.raw(fHeaders, endStream, 1, p.block(request("GET", "/")...)...)
		p.raw(fCont, endHeaders, 0)
	}, "GOAWAY PROTOCOL_ERROR"},
	{"6.10", "CONTINUATION after the end of a block", func(p *peer) {
		p.get(1, "/slow")
		p.raw(fCont, endHeaders, 1, 0x82)
	}, "GOAWAY PROTOCOL_ERROR"},
	{"6.10", "CONTINUATION after DATA", func(p *peer) {
		p.headers(1, false, request("POST", "/slow")...)
		p.framer.WriteData(1, false, nil)
		p.raw(fCont, endHeaders, 1, 0x82)
	}, "GOAWAY PROTOCOL_ERROR"},
	{"7", "unknown error codes are no errors", func(p *peer) {
		p.get(1, "/slow")
		p.framer.WriteRSTStream(1, 0xff)
		p.framer.WriteGoAway(0, 0xff, nil)
	}, ""},

	{"8.1", "trailers end a request", func(p *peer) {
		p.headers(1, false, request("POST", "/", "trailer", "x-sum")...)
		p.framer.WriteData(1, false, []byte("body"))
		p.headers(1, true, "x-sum", "1")
	}, "1:200 1."},
	{"8.1", "trailers that do not", func(p *peer) {
		p.headers(1, false, request("POST", "/")...)
		p.headers(1, false, "x-sum", "1")
	}, "RST 1 PROTOCOL_ERROR"},
	{"8.1", "pseudo-fields in trailers", func(p *peer) {
		p.headers(1, false, request("POST", "/")...)
		p.headers(1, true, ":method", "GET")
	}, "RST 1 PROTOCOL_ERROR"},
	{"8.1.1", "less DATA than Content-Length", func(p *peer) {
		p.headers(1, false, request("POST", "/slow", "content-length", "5")...)
		p.framer.WriteData(1, true, []byte("four"))
	}, "RST 1 PROTOCOL_ERROR"},
	{"8.1.1", "more, in several frames", func(p *peer) {
		p.headers(1, false, request("POST", "/slow", "content-length", "5")...)
		p.framer.WriteData(1, false, []byte("four"))
		p.framer.WriteData(1, true, []byte("four"))
	}, "RST 1 PROTOCOL_ERROR"},
	{"8.1.1", "none", func(p *peer) { p.headers(1, true, request("POST", "/", "content-length", "5")...) }, "RST 1 PROTOCOL_ERROR"},
	{"8.1.1", "less, then trailers", func(p *peer) {
		p.headers(1, false, request("POST", "/slow", "content-length", "5")...)
		p.headers(1, true, "x-sum", "1")
	}, "RST 1 PROTOCOL_ERROR"},
	{"8.1.1", "two lengths", func(p *peer) {
		p.headers(1, false, request("POST", "/", "content-length", "5", "content-length", "6")...)
	}, "RST 1 PROTOCOL_ERROR"},
	{"8.1.1", "a length that is no number", func(p *peer) { p.headers(1, false, request("POST", "/", "content-length", "+5")...) }, "RST 1 PROTOCOL_ERROR"},
	{"8.2.1", "upper case in a name", func(p *peer) { p.headers(1, true, request("GET", "/", "X-Test", "1")...) }, "RST 1 PROTOCOL_ERROR"},
	{"8.2.1", "a blank in a name", func(p *peer) { p.headers(1, true, request("GET", "/", "x test", "1")...) }, "RST 1 PROTOCOL_ERROR"},
	{"8.2.1", "an empty name", func(p *peer) { p.headers(1, true, request("GET", "/", "", "1")...) }, "RST 1 PROTOCOL_ERROR"},
	{"8.2.1", "a colon within a name", func(p *peer) { p.headers(1, true, request("GET", "/", "x:y", "1")...) }, "RST 1 PROTOCOL_ERROR"},
	{"8.2.1", "a line feed in a value", func(p *peer) { p.headers(1, true, request("GET", "/", "x", "a\nb")...) }, "RST 1 PROTOCOL_ERROR"},
	{"8.2.1", "a zero in a value", func(p *peer) { p.headers(1, true, request("GET", "/", "x", "a\x00b")...) }, "RST 1 PROTOCOL_ERROR"},
	{"8.2.1", "a blank around a value", func(p *peer) { p.headers(1, true, request("GET", "/", "x", " a")...) }, "RST 1 PROTOCOL_ERROR"},
	{"8.2.2", "Connection", func(p *peer) { p.headers(1, true, request("GET", "/", "connection", "keep-alive")...) }, "RST 1 PROTOCOL_ERROR"},
	{"8.2.2", "Transfer-Encoding", func(p *peer) { p.headers(1, false, request("POST", "/", "transfer-encoding", "chunked")...) }, "RST 1 PROTOCOL_ERROR"},
	{"8.2.2", "Proxy-Connection", func(p *peer) { p.headers(1, true, request("GET", "/", "proxy-connection", "x")...) }, "RST 1 PROTOCOL_ERROR"},
	{"8.2.2", "Keep-Alive", func(p *peer) { p.headers(1, true, request("GET", "/", "keep-alive", "x")...) }, "RST 1 PROTOCOL_ERROR"},
	{"8.2.2", "Upgrade", func(p *peer) { p.headers(1, true, request("GET", "/", "upgrade", "h2c")...) }, "RST 1 PROTOCOL_ERROR"},
	{"8.2.2", "TE other than trailers", func(p *peer) { p.headers(1, true, request("GET", "/", "te", "trailers, deflate")...) }, "RST 1 PROTOCOL_ERROR"},
	{"8.2.2", "TE: trailers", func(p *peer) { p.headers(1, true, request("GET", "/", "te", "trailers")...) }, "1:200 1."},
	{"8.3", "an unknown pseudo-field", func(p *peer) { p.headers(1, true, request("GET", "/", ":test", "1")...) }, "RST 1 PROTOCOL_ERROR"},
	{"8.3", "a response's pseudo-field", func(p *peer) { p.headers(1, true, append([]string{":status", "200"}, request("GET", "/")...)...) }, "RST 1 PROTOCOL_ERROR"},
	{"8.3", "a pseudo-field after others", func(p *peer) {
		p.headers(1, true, ":method", "GET", ":scheme", "https", ":authority", "h", "x", "y", ":path", "/")
	}, "RST 1 PROTOCOL_ERROR"},
	{"8.3.1", "no method", func(p *peer) { p.headers(1, true, ":scheme", "https", ":path", "/", ":authority", "h") }, "RST 1 PROTOCOL_ERROR"},
	{"8.3.1", "no scheme", func(p *peer) { p.headers(1, true, ":method", "GET", ":path", "/", ":authority", "h") }, "RST 1 PROTOCOL_ERROR"},
	{"8.3.1", "no path", func(p *peer) { p.headers(1, true, ":method", "GET", ":scheme", "https", ":authority", "h") }, "RST 1 PROTOCOL_ERROR"},
	{"8.3.1", "an empty path", func(p *peer) { p.get(1, "") }, "RST 1 PROTOCOL_ERROR"},
	{"8.3.1", "two methods", func(p *peer) { p.headers(1, true, append([]string{":method", "GET"}, request("GET", "/")...)...) }, "RST 1 PROTOCOL_ERROR"},
	{"8.3.1", "two schemes", func(p *peer) { p.headers(1, true, append([]string{":scheme", "https"}, request("GET", "/")...)...) }, "RST 1 PROTOCOL_ERROR"},
	{"8.3.1", "two paths", func(p *peer) { p.headers(1, true, append([]string{":path", "/"}, request("GET", "/")...)...) }, "RST 1 PROTOCOL_ERROR"},
	{"8.3.1", "a method that is no token", func(p *peer) { p.headers(1, true, request("GET /", "/")...) }, "RST 1 PROTOCOL_ERROR"},
	{"8.3.1", "Host for :authority", func(p *peer) { p.headers(1, true, ":method", "GET", ":scheme", "https", ":path", "/", "host", "h") }, "1:200 1."},
	{"8.3.1", "Host unlike :authority", func(p *peer) { p.headers(1, true, request("GET", "/", "host", "other")...) }, "RST 1 PROTOCOL_ERROR"},
	{"8.3.1", "a target that is no path", func(p *peer) { p.get(1, "nowhere") }, "1:400 1."},
	{"8.5", "CONNECT is refused", func(p *peer) { p.headers(1, true, ":method", "CONNECT", ":authority", "h:443") }, "1:400 1."},
	{"8.5", "CONNECT with a path", func(p *peer) { p.headers(1, true, request("CONNECT", "/")...) }, "RST 1 PROTOCOL_ERROR"},
	{"8.1", "HEAD and 204 have no body", func(p *peer) {
		p.headers(1, true, request("HEAD", "/")...)
		p.await("1:200.")
		p.get(3, "/none")
	}, "3:204."},
	{"8.1", "a response before the request's end stops it", func(p *peer) { p.headers(1, false, request("POST", "nowhere")...) }, "1:400 1. RST 1 NO_ERROR"},

	{"RFC 7541, 2.3.3", "an index beyond the tables", func(p *peer) { p.raw(fHeaders, endStream|endHeaders, 1, 0x82, 0x86, 0x84, 0xc6) }, "GOAWAY COMPRESSION_ERROR"},
	{"RFC 7541, 2.3.3", "a name beyond the tables", func(p *peer) { p.raw(fHeaders, endStream|endHeaders, 1, 0x82, 0x86, 0x84, 0x7f, 0x10, 1, 'a') }, "GOAWAY COMPRESSION_ERROR"},
	{"RFC 7541, 4.2", "a table size after a field", func(p *peer) { p.raw(fHeaders, endStream|endHeaders, 1, 0x82, 0x86, 0x84, 0x20) }, "GOAWAY COMPRESSION_ERROR"},
	{"RFC 7541, 5.2", "padding of zeros", func(p *peer) { p.raw(fHeaders, endStream|endHeaders, 1, 0x82, 0x86, 0x84, 0x41, 0x81, 0b00011000) }, "GOAWAY COMPRESSION_ERROR"},
	{"RFC 7541, 5.2", "a byte of padding", func(p *peer) {
		p.raw(fHeaders, endStream|endHeaders, 1, 0x82, 0x86, 0x84, 0x41, 0x82, 0b00011111, 0xff)
	}, "GOAWAY COMPRESSION_ERROR"},
	{"RFC 7541, 5.2", "EOS", func(p *peer) {
		p.raw(fHeaders, endStream|endHeaders, 1, 0x82, 0x86, 0x84, 0x41, 0x84, 0xff, 0xff, 0xff, 0xff)
	}, "GOAWAY COMPRESSION_ERROR"},
	{"RFC 7541, 6.1", "index 0", func(p *peer) { p.raw(fHeaders, endStream|endHeaders, 1, 0x82, 0x86, 0x84, 0x80) }, "GOAWAY COMPRESSION_ERROR"},
	{"RFC 7541, 6.3", "a table size above the limit", func(p *peer) { p.raw(fHeaders, endStream|endHeaders, 1, 0x3f, 0xe2, 0x1f, 0x82) }, "GOAWAY COMPRESSION_ERROR"},
	{"RFC 7541, 6.3", "two table sizes", func(p *peer) {
		p.raw(fHeaders, endStream|endHeaders, 1, append([]byte{0x20, 0x3f, 0x21}, p.block(request("GET", "/")...)...)...)
	}, "1:200 1."},
}

func TestRequirements(t *testing.T) {
	t.Parallel()
	for _, inLoop := range []bool{true, false} {
		for _, tc := range requirements {
			name := tc.section + "/" + tc.name
			if !inLoop {
				name = "goroutines/" + name
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				release := make(chan struct{})
				defer close(release)
				p := open(t, options(&site{try: inLoop, serve: func(req *edge.Request, w edge.Responder) {
					if strings.HasPrefix(req.Target, "/slow") {
						<-release
					}
					answer(req, w)
				}}))
				tc.send(p)
				p.expect(tc.want)
			})
		}
	}
}

func TestPreface(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		send func(p *peer)
		want string
	}{
		"no preface":               {func(p *peer) { io.WriteString(p.conn, "GET / HTTP/1.1\r\nHost: h\r\n\r\n") }, "GOAWAY PROTOCOL_ERROR closed"},
		"no SETTINGS":              {func(p *peer) { io.WriteString(p.conn, http2.ClientPreface); p.framer.WritePing(false, [8]byte{}) }, "GOAWAY PROTOCOL_ERROR closed"},
		"an acknowledgement first": {func(p *peer) { io.WriteString(p.conn, http2.ClientPreface); p.framer.WriteSettingsAck() }, "GOAWAY PROTOCOL_ERROR closed"},
		"empty SETTINGS":           {func(p *peer) { p.preface(); p.get(1, "/") }, "1:200 1."},
		"ends":                     {func(p *peer) { io.WriteString(p.conn, "PRI"); p.conn.Close() }, "closed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := connect(t, options(&site{try: true, serve: answer}))
			tc.send(p)
			if got := p.until(tc.want); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// TestOurSettings: the server's preface is SETTINGS first, and frames keep to 2^14 bytes.
func TestOurSettings(t *testing.T) {
	t.Parallel()
	p := connect(t, options(&site{try: true, serve: answer}))
	f, err := p.framer.ReadFrame() // before the viewer has said anything
	s, ok := f.(*http2.SettingsFrame)
	if err != nil || !ok || s.IsAck() {
		t.Fatalf("the first frame is %v, %v", f, err)
	}
	for id, want := range map[http2.SettingID]uint32{http2.SettingMaxConcurrentStreams: 100, http2.SettingInitialWindowSize: streamWindow, http2.SettingMaxHeaderListSize: 64 << 10} {
		if v, _ := s.Value(id); v != want {
			t.Errorf("%v is %d", id, v)
		}
	}
	p.preface(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 20}, http2.Setting{ID: http2.SettingMaxFrameSize, Val: 1 << 20})
	p.framer.WriteWindowUpdate(0, 1<<20)
	p.framer.SetMaxReadFrameSize(16384)
	p.get(1, "/big")
	if got := p.until("1:200 1."); got != "1:200 1." || !bytes.Equal(p.bodies[1], bytes.Repeat([]byte("b"), 100_000)) {
		t.Errorf("%q with %d bytes", got, len(p.bodies[1]))
	}
}
