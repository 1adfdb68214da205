package s3store

import (
	"bytes"
	"io"
	"net/http"
	"strings"

	"github.com/versity/versitygw/s3api/middlewares"
	"github.com/versity/versitygw/s3api/utils"

	"github.com/warmfront/warmfront/internal/sigv4"
)

// Bounds for bodies that are not object data. The largest S3 documents are a
// multi-object delete of 1,000 keys and a list of 10,000 parts.
const (
	maxDocumentBytes = 8 << 20
	maxStrayBytes    = 64 << 10
	maxObjectBytes   = 5 << 30 // of one PUT or part
)

// openBody prepares the request body: whole and verified for documents, as a
// verifying stream for object data. No byte of object data counts as received
// before its length, hash and signatures have proved right.
func (c *call) openBody() error {
	if c.op.body == content {
		return c.openContent()
	}
	limit := int64(maxDocumentBytes)
	if c.op.body == noBody {
		limit = maxStrayBytes
	}
	stream, _, err := c.payload(false)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(io.LimitReader(stream, limit+1))
	if err != nil {
		return err
	}
	if int64(len(body)) > limit {
		return fail(http.StatusBadRequest, "MaxMessageLengthExceeded", "Your request was too big.")
	}
	c.Request().SetBodyRaw(body)
	if c.op.body == noBody {
		return nil
	}
	return middlewares.VerifyChecksums(false, false, c.op.body == checkedDocument)(c)
}

func (c *call) openContent() error {
	stream, length, err := c.payload(true)
	if err != nil {
		return err
	}
	if length > maxObjectBytes {
		return fail(http.StatusBadRequest, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
	}
	utils.ContextKeyBodyReader.Set(c, stream)
	if err := middlewares.VerifyChecksums(true, false, false)(c); err != nil {
		return err
	}
	verified := utils.ContextKeyBodyReader.Get(c).(io.Reader)
	utils.ContextKeyBodyReader.Set(c, sealed(verified, length))
	return nil
}

// payload returns the body without its transfer framing, and its length. With
// exact, the length must have been declared.
func (c *call) payload(exact bool) (io.Reader, int64, error) {
	declared, err := c.declaredHash()
	if err != nil {
		return nil, 0, err
	}
	length := int64(c.Request().Header.ContentLength())
	hasLength := length > 0 || length == 0 && len(c.Request().Header.Peek("Content-Length")) > 0
	raw := c.Request().BodyStream()
	if raw == nil { // Body would read a stream to its end
		raw = bytes.NewReader(c.Request().Body())
	}
	if hasLength {
		raw = &exactReader{raw, length}
	}
	if strings.HasPrefix(declared, "STREAMING-") {
		c.dropChunkedEncoding()
		return c.chunks(raw)
	}
	if exact && !hasLength {
		return nil, 0, fail(http.StatusLengthRequired, "MissingContentLength", "You must provide the Content-Length HTTP header.")
	}
	if declared == "" || declared == sigv4.UnsignedPayload {
		return raw, length, nil
	}
	hashed, err := utils.NewHashReader(raw, strings.ToLower(declared), utils.HashTypeSha256Hex)
	return hashed, length, err
}

// checkHashHeader refuses values of x-amz-content-sha256 nobody could act on.
func (c *call) checkHashHeader() error {
	value := c.Get("X-Amz-Content-Sha256")
	if strings.HasPrefix(value, "STREAMING-AWS4-ECDSA-") {
		return errNotImplemented("the chunk encoding " + value)
	}
	if !utils.IsValidSha256PayloadHeader(value) {
		return errInvalidArgument("x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "+
			"STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.", "x-amz-content-sha256", value)
	}
	return nil
}

// declaredHash is what the request says about its body's hash.
func (c *call) declaredHash() (string, error) {
	declared := c.Get("X-Amz-Content-Sha256")
	if c.auth != nil && c.auth.PayloadHash != "" {
		if declared != "" && !strings.EqualFold(declared, c.auth.PayloadHash) || declared == "" && strings.HasPrefix(c.auth.PayloadHash, "STREAMING-") {
			return "", fail(http.StatusBadRequest, "InvalidRequest", "The value of x-amz-content-sha256 header is invalid.")
		}
		declared = c.auth.PayloadHash
	}
	if declared == "" && c.auth != nil && c.auth.Form == sigv4.HeaderV4 {
		return "", fail(http.StatusBadRequest, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
	}
	return declared, nil
}

// chunks decodes an aws-chunked body (Amazon S3 API Reference, "Signature
// calculations: multiple chunks" and "… including trailing headers").
func (c *call) chunks(raw io.Reader) (io.Reader, int64, error) {
	length, err := utils.ParseDecodedContentLength(c)
	if err != nil {
		return nil, 0, err
	}
	declared := c.Get("X-Amz-Content-Sha256")
	var data utils.AuthData
	var key []byte
	a := c.auth
	if declared != sigv4.StreamingUnsignedTrailer {
		// Chunk signatures continue that of the Authorization header.
		if a == nil || a.Form != sigv4.HeaderV4 {
			return nil, 0, fail(http.StatusBadRequest, "InvalidRequest", "The value of x-amz-content-sha256 header is invalid.")
		}
		data = utils.AuthData{Access: a.AccessKeyID, Region: a.Region, Service: a.Service, Signature: a.Signature, Date: a.Date}
		key = sigv4.SigningKey(c.identity.SecretAccessKey, a.Date, a.Region, a.Service)
		r, err := utils.NewChunkReader(c, raw, data, "", key, a.Time)
		return r, length, err
	}
	r, err := utils.NewChunkReader(c, raw, data, "", nil, c.now)
	return r, length, err
}

// dropChunkedEncoding takes aws-chunked, which is framing, out of the content
// codings that are kept with the object.
func (c *call) dropChunkedEncoding() {
	h := &c.Request().Header
	var kept []string
	for coding := range strings.SplitSeq(string(h.Peek("Content-Encoding")), ",") {
		if coding = strings.TrimSpace(coding); coding != "" && !strings.EqualFold(coding, "aws-chunked") {
			kept = append(kept, coding)
		}
	}
	h.Del("Content-Encoding")
	if len(kept) > 0 {
		h.Set("Content-Encoding", strings.Join(kept, ","))
	}
}
