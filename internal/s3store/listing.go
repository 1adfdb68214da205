package s3store

import (
	"context"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/s3api/controllers"
	"github.com/versity/versitygw/s3response"
)

// listObjects serves both versions of the listing. A bucket's region goes with
// it, as S3's does.
func (c *call) listObjects() (*controllers.Response, error) {
	if v := c.Query("list-type"); v != "" && v != "2" {
		return nil, errInvalidArgument("Invalid List Type specified in Request", "list-type", v)
	}
	if e := c.Query("encoding-type"); e != "" && e != "url" {
		return nil, errInvalidArgument("Invalid Encoding Method specified in Request", "encoding-type", e)
	}
	list := c.front.ctl.ListObjects
	if c.Query("list-type") == "2" {
		list = c.front.ctl.ListObjectsV2
	}
	resp, err := list(c)
	if err != nil {
		return resp, err
	}
	delete(resp.Headers, "x-amz-bucket-region") // the controller knows the default region only
	c.setBucketRegion("")
	return resp, nil
}

// urlEncoded returns how the client wants names encoded. Keys may hold bytes
// that XML cannot; encoding-type=url lets them through.
func urlEncoded(ctx context.Context) bool {
	c := callOf(ctx)
	return c != nil && c.Query("encoding-type") == "url"
}

// escapeKey percent-encodes a name as S3 does in listings: everything but
// unreserved characters and the slash.
func escapeKey(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		ch := s[i]
		switch {
		case 'a' <= ch && ch <= 'z', 'A' <= ch && ch <= 'Z', '0' <= ch && ch <= '9', strings.IndexByte("-._~/*", ch) >= 0:
			b.WriteByte(ch)
		default:
			b.WriteString("%" + string(hex[ch>>4]) + string(hex[ch&15]))
		}
	}
	return b.String()
}

func escapeAll(names ...**string) {
	for _, name := range names {
		if *name != nil {
			escaped := escapeKey(**name)
			*name = &escaped
		}
	}
}

func escapePrefixes(prefixes []types.CommonPrefix) {
	for i := range prefixes {
		escapeAll(&prefixes[i].Prefix)
	}
}

// ListObjects implements backend.Backend.
func (g *guard) ListObjects(ctx context.Context, in *s3.ListObjectsInput) (s3response.ListObjectsResult, error) {
	out, err := g.Store.ListObjects(ctx, in)
	if err == nil && urlEncoded(ctx) {
		out.EncodingType = types.EncodingTypeUrl
		escapeAll(&out.Prefix, &out.Delimiter, &out.Marker, &out.NextMarker)
		escapePrefixes(out.CommonPrefixes)
		for i := range out.Contents {
			escapeAll(&out.Contents[i].Key)
		}
	}
	return out, err
}

// ListObjectsV2 implements backend.Backend.
func (g *guard) ListObjectsV2(ctx context.Context, in *s3.ListObjectsV2Input) (s3response.ListObjectsV2Result, error) {
	out, err := g.Store.ListObjectsV2(ctx, in)
	if err == nil && urlEncoded(ctx) {
		out.EncodingType = types.EncodingTypeUrl
		escapeAll(&out.Prefix, &out.Delimiter, &out.StartAfter)
		escapePrefixes(out.CommonPrefixes)
		for i := range out.Contents {
			escapeAll(&out.Contents[i].Key)
		}
	}
	return out, err
}

// ListObjectVersions implements backend.Backend.
func (g *guard) ListObjectVersions(ctx context.Context, in *s3.ListObjectVersionsInput) (s3response.ListVersionsResult, error) {
	out, err := g.Store.ListObjectVersions(ctx, in)
	if err == nil && urlEncoded(ctx) {
		out.EncodingType = types.EncodingTypeUrl
		escapeAll(&out.Prefix, &out.Delimiter, &out.KeyMarker, &out.NextKeyMarker)
		escapePrefixes(out.CommonPrefixes)
		for i := range out.Versions {
			escapeAll(&out.Versions[i].Key)
		}
		for i := range out.DeleteMarkers {
			escapeAll(&out.DeleteMarkers[i].Key)
		}
	}
	return out, err
}

// ListMultipartUploads implements backend.Backend.
func (g *guard) ListMultipartUploads(ctx context.Context, in *s3.ListMultipartUploadsInput) (s3response.ListMultipartUploadsResult, error) {
	out, err := g.Store.ListMultipartUploads(ctx, in)
	if err == nil && urlEncoded(ctx) {
		out.EncodingType = string(types.EncodingTypeUrl)
		for _, name := range []*string{&out.Prefix, &out.Delimiter, &out.KeyMarker, &out.NextKeyMarker} {
			*name = escapeKey(*name)
		}
		for i := range out.CommonPrefixes {
			out.CommonPrefixes[i].Prefix = escapeKey(out.CommonPrefixes[i].Prefix)
		}
		for i := range out.Uploads {
			out.Uploads[i].Key = escapeKey(out.Uploads[i].Key)
		}
	}
	return out, err
}

// noContent is the answer of a change that has nothing to show.
func noContent() *controllers.Response {
	return &controllers.Response{MetaOpts: &controllers.MetaOptions{Status: http.StatusNoContent}}
}
