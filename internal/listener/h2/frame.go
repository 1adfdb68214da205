package h2

import (
	"encoding/binary"

	"golang.org/x/net/http2"
)

// Sizes of frames. We send none larger than every peer must take, and take none larger.
const (
	frameHeadBytes = 9
	maxFrameBytes  = 16 << 10

	maxWindow     = 1<<31 - 1
	initialWindow = 65535
	streamWindow  = 256 << 10 // for a request body
	connWindow    = 1 << 20   // for all bodies of a connection
)

// appendFrame appends the head of a frame of n bytes of payload.
func appendFrame(b []byte, n int, kind http2.FrameType, flags http2.Flags, stream uint32) []byte {
	return append(b, byte(n>>16), byte(n>>8), byte(n), byte(kind), byte(flags), byte(stream>>24), byte(stream>>16), byte(stream>>8), byte(stream))
}

// patchLength writes the length of the frame that begins at b[start], now that it ends.
func patchLength(b []byte, start int) {
	n := len(b) - start - frameHeadBytes
	b[start], b[start+1], b[start+2] = byte(n>>16), byte(n>>8), byte(n)
}

func appendReset(b []byte, stream uint32, code http2.ErrCode) []byte {
	return binary.BigEndian.AppendUint32(appendFrame(b, 4, http2.FrameRSTStream, 0, stream), uint32(code))
}

func appendWindowUpdate(b []byte, stream, n uint32) []byte {
	return binary.BigEndian.AppendUint32(appendFrame(b, 4, http2.FrameWindowUpdate, 0, stream), n)
}

func appendPing(b []byte, flags http2.Flags, data [8]byte) []byte {
	return append(appendFrame(b, 8, http2.FramePing, flags, 0), data[:]...)
}

func appendGoAway(b []byte, last uint32, code http2.ErrCode, debug string) []byte {
	b = appendFrame(b, 8+len(debug), http2.FrameGoAway, 0, 0)
	b = binary.BigEndian.AppendUint32(b, last)
	b = binary.BigEndian.AppendUint32(b, uint32(code))
	return append(b, debug...)
}

func appendSetting(b []byte, id http2.SettingID, value uint32) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint16(b, uint16(id)), value)
}

// firstFrames is the server's preface: its settings, and a larger window for the connection.
func (s *Server) firstFrames() []byte {
	b := appendFrame(nil, 0, http2.FrameSettings, 0, 0)
	b = appendSetting(b, http2.SettingMaxConcurrentStreams, uint32(s.o.MaxConcurrentStreams))
	b = appendSetting(b, http2.SettingInitialWindowSize, streamWindow)
	// Announced larger than what is taken, because clients refuse to send more, and then
	// nobody would see the 494.
	b = appendSetting(b, http2.SettingMaxHeaderListSize, uint32(2*s.o.MaxHeadBytes))
	patchLength(b, 0)
	return appendWindowUpdate(b, 0, connWindow-initialWindow)
}

// connError ends a connection (RFC 9113, 5.4.1).
type connError struct {
	code   http2.ErrCode
	reason string
}

func (e connError) Error() string { return e.code.String() + ": " + e.reason }
