package objects

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/s3api/utils"
)

// algorithms are the checksum algorithms in the order of sums.
var algorithms = [...]types.ChecksumAlgorithm{
	types.ChecksumAlgorithmCrc32, types.ChecksumAlgorithmCrc32c, types.ChecksumAlgorithmCrc64nvme,
	types.ChecksumAlgorithmSha1, types.ChecksumAlgorithmSha256, types.ChecksumAlgorithmSha512,
	types.ChecksumAlgorithmMd5, types.ChecksumAlgorithmXxhash64, types.ChecksumAlgorithmXxhash3,
	types.ChecksumAlgorithmXxhash128,
}

// sums are the addresses of the ten ChecksumX fields that many S3 inputs and
// outputs have, in the order of algorithms.
type sums [len(algorithms)]**string

// first returns the algorithm and value of the first sum given. "" if none.
func (s sums) first() (types.ChecksumAlgorithm, string) {
	for i, field := range s {
		if *field != nil && **field != "" {
			return algorithms[i], **field
		}
	}
	return "", ""
}

// count is the number of sums given.
func (s sums) count() (n int) {
	for _, field := range s {
		if *field != nil && **field != "" {
			n++
		}
	}
	return n
}

// get returns one algorithm's value, "" if not given.
func (s sums) get(algorithm types.ChecksumAlgorithm) string {
	for i, a := range algorithms {
		if a == algorithm && *s[i] != nil {
			return **s[i]
		}
	}
	return ""
}

// set writes one algorithm's value.
func (s sums) set(algorithm types.ChecksumAlgorithm, value string) {
	for i, a := range algorithms {
		if a == algorithm {
			*s[i] = &value
		}
	}
}

// show writes the checksum to an output's fields.
func (c checksum) show(kind *types.ChecksumType, s sums) {
	if c.Algorithm == "" || c.Value == "" {
		return
	}
	s.set(c.Algorithm, c.Value)
	if kind != nil {
		*kind = c.Type
	}
}

// hashType is the front's name of an algorithm.
func hashType(a types.ChecksumAlgorithm) utils.HashType {
	return utils.HashType(strings.ToLower(string(a)))
}
