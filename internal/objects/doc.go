// Package objects keeps buckets and objects on disk and serves them as the
// backend of versitygw's S3 front.
//
// A bbolt index holds everything but the bytes: buckets, their documents
// (policy, CORS, versioning …), versions, parts and uploads in progress. The
// bytes lie in blob files under random names. Object keys are opaque bytes:
// they are only ever index keys and never become a file path, so "a" and
// "a/b", "x//y", "./x" and "p/../x" are distinct objects.
//
// A write is durable before it is answered: the blob is written and synced,
// its directory is synced, then one synced index transaction makes it
// visible. Overwriting, deleting, copying and completing a multipart upload
// only touch the index; blobs nobody refers to are removed later, when no
// reader has them open. The layout is described in docs/formats/objects.md.
package objects
