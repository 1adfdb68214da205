package objects

import (
	"crypto/md5" // S3 defines the ETag as MD5
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/s3api/middlewares"
	"github.com/versity/versitygw/s3api/utils"
	"github.com/versity/versitygw/s3err"
)

// maxUpload is the most bytes one PUT or part may carry (S3: 5 GiB).
const maxUpload = 5 << 30

const copyBuffer = 256 << 10

// upload is a body to be received.
type upload struct {
	body   io.Reader
	length *int64 // bytes announced, nil if unknown
	// algorithm and sum are the checksum to keep and, if not empty, the value
	// the client claims for it. A body with a trailing checksum brings its own.
	algorithm types.ChecksumAlgorithm
	sum       string
	// alsoCRC64 asks for a CRC64NVME besides, for uploads whose full object
	// checksum is made of the parts'.
	alsoCRC64 bool
}

// received is a body stored in a blob, durable but not yet in the index.
type received struct {
	blob  *blobWriter // nil if the body was empty
	size  int64
	md5   []byte
	sum   string // base64, of the wanted algorithm
	crc64 string // base64, if asked for
}

func (r *received) id() blobID {
	if r.blob == nil {
		return blobID{}
	}
	return r.blob.id
}

func (r *received) etag() string { return hex.EncodeToString(r.md5) }

// release ends the claim on the blob, given the outcome of the change that was
// to refer to it. If that is unknown the blob stays.
func (r *received) release(outcome error) {
	if r.blob != nil {
		r.blob.release(outcome == nil || errors.Is(outcome, ErrBroken))
	}
}

// trailing returns the reader of a body whose checksum comes at its end and
// that the front verifies; nil for other bodies.
func trailing(body io.Reader) middlewares.ChecksumReader {
	if r, ok := body.(middlewares.ChecksumReader); ok && r.Algorithm() != "" {
		return r
	}
	return nil
}

// bodyAlgorithm is the checksum algorithm of a trailing checksum, else "".
func bodyAlgorithm(body io.Reader) types.ChecksumAlgorithm {
	if r := trailing(body); r != nil {
		return types.ChecksumAlgorithm(strings.ToUpper(r.Algorithm()))
	}
	return ""
}

// receive stores a body in a new blob and makes it durable. The checks of the
// front's readers (payload hash, chunk signatures, trailers, Content-MD5) and
// of the claimed checksum are done when it returns without error.
func (s *Store) receive(u upload) (_ *received, err error) {
	if u.length != nil && *u.length > maxUpload {
		return nil, s3err.GetEntityTooLargeErr(*u.length, maxUpload)
	}
	body := &watched{r: u.body}
	r, sums, err := u.reader(body)
	if err != nil {
		return nil, err
	}
	out := new(received)
	defer func() {
		if err != nil {
			out.release(err)
		}
	}()
	md5sum := md5.New()
	if err := s.store(out, io.TeeReader(r, md5sum), u.length); err != nil {
		return nil, err
	}
	if body.cut || u.length != nil && !u.complete(out.size) {
		return nil, s3err.GetAPIError(s3err.ErrIncompleteBody)
	}
	if out.blob != nil {
		if err := out.blob.finish(); err != nil {
			return nil, storageError(err)
		}
	}
	out.md5 = md5sum.Sum(nil)
	out.sum, out.crc64 = sums()
	return out, nil
}

// complete reports whether size bytes are what was announced. A form upload
// announces at most an upper bound and tells its true length at the end.
func (u upload) complete(size int64) bool {
	if r, ok := u.body.(interface{ Length() int64 }); ok {
		return size == r.Length()
	}
	return size == *u.length
}

// watched notes when a body breaks off: the front's hash readers take that for
// its end.
type watched struct {
	r   io.Reader
	cut bool
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		w.cut = true
	}
	return n, err
}

// reader stacks the wanted checksums on a reader of the body; sums tells them
// at the end.
func (u upload) reader(body io.Reader) (r io.Reader, sums func() (sum, crc64 string), err error) {
	var own, extra *utils.HashReader
	r = body
	trailer := trailing(u.body)
	if trailer == nil && u.algorithm != "" {
		if own, err = utils.NewHashReader(r, u.sum, hashType(u.algorithm)); err != nil {
			return nil, nil, s3err.GetAPIError(s3err.ErrInvalidChecksumAlgorithm)
		}
		r = own
	}
	if u.alsoCRC64 {
		if extra, err = utils.NewHashReader(r, "", utils.HashTypeCRC64NVME); err != nil {
			return nil, nil, err
		}
		r = extra
	}
	return r, func() (sum, crc64 string) {
		switch {
		case own != nil:
			sum = own.Sum()
		case trailer != nil:
			sum = trailer.Checksum()
		}
		if extra != nil {
			crc64 = extra.Sum()
		}
		return sum, crc64
	}, nil
}

// store copies a body of a length, if that is known, into a blob made at its
// first byte.
func (s *Store) store(out *received, r io.Reader, length *int64) error {
	size := int64(copyBuffer)
	if length != nil {
		size = max(512, min(size, *length))
	}
	buf := make([]byte, size)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			if out.size += int64(n); out.size > maxUpload {
				return s3err.GetEntityTooLargeErr(out.size, maxUpload)
			}
			if out.blob == nil {
				var cerr error
				if out.blob, cerr = s.newBlob(); cerr != nil {
					return storageError(cerr)
				}
			}
			if _, werr := out.blob.Write(buf[:n]); werr != nil {
				return storageError(fmt.Errorf("write blob: %w", werr))
			}
		}
		switch {
		case err == io.EOF:
			return nil
		case errors.Is(err, io.ErrUnexpectedEOF):
			return s3err.GetAPIError(s3err.ErrIncompleteBody)
		case err != nil:
			return err
		}
	}
}

// storageError gives a full disk or quota the code the front has for it.
func storageError(err error) error {
	if full := fullDisk(err); full != nil {
		return full
	}
	return err
}

// fullDisk is the front's error for a full disk or quota, nil for other errors.
func fullDisk(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return s3err.GetAPIError(s3err.ErrNoSpaceLeftOnDevice)
	case errors.Is(err, syscall.EDQUOT):
		return s3err.GetAPIError(s3err.ErrQuotaExceeded)
	}
	return nil
}
