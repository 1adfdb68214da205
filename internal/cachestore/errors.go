package cachestore

import (
	"errors"
	"fmt"
)

// Errors a fill's leader sees.
var (
	// ErrTruncated: the body ended before its promised length. Nothing is kept.
	ErrTruncated = errors.New("cachestore: body shorter than its length")
	// ErrOverrun: the body went on past its promised length. Nothing is kept.
	ErrOverrun = errors.New("cachestore: body longer than its length")
	// ErrNoReaders: the body is streamed without being kept and nobody reads
	// it any more. Stop fetching.
	ErrNoReaders = errors.New("cachestore: nobody reads this body")
	// ErrFinished: the fill has already been finished.
	ErrFinished = errors.New("cachestore: fill already finished")
)

// ErrAbsent is what a Reader returns for bytes that are neither stored nor
// being fetched: join a fill of that range first.
var ErrAbsent = errors.New("cachestore: bytes are not in the store")

// FillError is what a Reader returns when the fetch it waited for failed. The
// bytes before it were right; reset the stream, never pad.
type FillError struct {
	Err error // as given to Fill.Abort, or ErrTruncated, ErrOverrun
}

func (e *FillError) Error() string { return fmt.Sprintf("cachestore: fill failed: %v", e.Err) }

// Unwrap returns the cause.
func (e *FillError) Unwrap() error { return e.Err }

// LagError is what a Reader returns when its next bytes were there and are gone: it fell too far
// behind a body that is streamed without being kept, or the disk lost them. Go on with a fetch
// of your own from Offset, with If-Match of a strong ETag, or reset the stream.
type LagError struct {
	Offset int64 // position of the first byte not delivered
}

func (e *LagError) Error() string {
	return fmt.Sprintf("cachestore: the bytes from %d on are gone", e.Offset)
}

// Is makes it an ErrAbsent too.
func (e *LagError) Is(target error) bool { return target == ErrAbsent }
