// Package cloudfront holds the nouns of CloudFront's management API (version 2020-05-31):
// its resources in their XML shape, their identifiers and defaults, the validation that needs
// only the document itself, and the API's error codes. It has no I/O and no state; everything
// is safe for concurrent use unless a value is shared while being changed.
//
// Types, enumerations, the operation table and the error table are generated from the
// published service model. Go names are the model's names. Optional members are pointers and
// required members are values, so that an absent element, an empty one and a default stay
// three different things.
package cloudfront

//go:generate go run ./gen -model $CLOUDFRONT_MODEL -out .
