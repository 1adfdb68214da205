package s3store

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"

	"github.com/versity/versitygw/s3api/controllers"

	"github.com/warmfront/warmfront/internal/objects"
)

// publicAccessBlock is a bucket's public access block (Amazon S3 User Guide,
// "Blocking public access"). It is kept as JSON. A bucket without a document
// has all four on, as every new bucket does, so that no moment exists in which
// a new bucket is open; removing the configuration stores the document {}.
type publicAccessBlock struct {
	// Configured is false once the configuration was deleted.
	Configured            bool `xml:"-"`
	BlockPublicAcls       bool
	IgnorePublicAcls      bool
	BlockPublicPolicy     bool
	RestrictPublicBuckets bool
}

// publicAccessBlock reads a bucket's block and the stored document, if any.
func (f *Front) publicAccessBlock(ctx context.Context, bucket string) (b publicAccessBlock, raw []byte, err error) {
	raw, err = f.store.Document(ctx, bucket, objects.PublicAccessBlock)
	if errors.Is(err, objects.ErrNoDocument) {
		return publicAccessBlock{true, true, true, true, true}, nil, nil
	}
	if err != nil {
		return b, nil, err
	}
	if err := json.Unmarshal(raw, &b); err != nil {
		return b, raw, fmt.Errorf("public access block of bucket %q: %w", bucket, err)
	}
	return b, raw, nil
}

func (c *call) getPublicAccessBlock() (*controllers.Response, error) {
	b, _, err := c.front.publicAccessBlock(c.RequestCtx(), c.target.bucket)
	if err != nil {
		return nil, err
	}
	if !b.Configured {
		return nil, fail(http.StatusNotFound, "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found",
			field{"BucketName", c.target.bucket})
	}
	return xmlResponse(c, fmt.Sprintf("<PublicAccessBlockConfiguration %s><BlockPublicAcls>%t</BlockPublicAcls><IgnorePublicAcls>%t</IgnorePublicAcls>"+
		"<BlockPublicPolicy>%t</BlockPublicPolicy><RestrictPublicBuckets>%t</RestrictPublicBuckets></PublicAccessBlockConfiguration>",
		s3Namespace, b.BlockPublicAcls, b.IgnorePublicAcls, b.BlockPublicPolicy, b.RestrictPublicBuckets)), nil
}

func (c *call) putPublicAccessBlock() (*controllers.Response, error) {
	var request struct {
		XMLName xml.Name `xml:"PublicAccessBlockConfiguration"`
		publicAccessBlock
	}
	if err := xml.Unmarshal(c.BodyRaw(), &request); err != nil {
		return nil, errMalformedXML()
	}
	request.Configured = true
	raw, err := json.Marshal(request.publicAccessBlock)
	if err != nil {
		return nil, err
	}
	return nil, c.front.store.PutDocument(c.RequestCtx(), c.target.bucket, objects.PublicAccessBlock, raw)
}

func (c *call) deletePublicAccessBlock() (*controllers.Response, error) {
	return noContent(), c.front.store.PutDocument(c.RequestCtx(), c.target.bucket, objects.PublicAccessBlock, []byte("{}"))
}
