// Package s3store is the S3 door: Amazon S3's REST API over our own objects.
//
// versitygw's exported controllers speak the protocol's details (headers, XML,
// checksums, chunked uploads); everything that decides is ours and happens once,
// before a controller is called: where a request points (target.go, host.go),
// which operation it is (operations.go, one table), who signed it (verify.go),
// whether that caller may (authorize.go, with package bucketpolicy), and what
// its body must be (payload.go). The controllers then run as the account's
// root; what only the backend can know – keys in a multi-object delete, whether
// an object exists – is decided between them and the store (guard.go).
//
// versitygw's own server, router, verifier and IAM are not used: its server
// exports no handler, and its router decodes and checks keys in ways that an
// opaque key does not survive.
package s3store
