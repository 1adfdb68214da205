// Package api is the CloudFront REST-XML door: it routes a request by the generated table of
// operations, verifies its SigV4 signature, decodes the document, calls control and encodes
// the answer. What a request means is control's; what a document says is package
// cloudfront's.
package api
