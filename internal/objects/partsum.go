package objects

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/s3api/utils"
	"github.com/versity/versitygw/s3err"
)

// claimedSum is the checksum of the whole object that the client claims.
func claimedSum(input *s3.CompleteMultipartUploadInput, a types.ChecksumAlgorithm) string {
	return sums{
		&input.ChecksumCRC32, &input.ChecksumCRC32C, &input.ChecksumCRC64NVME, &input.ChecksumSHA1, &input.ChecksumSHA256,
		&input.ChecksumSHA512, &input.ChecksumMD5, &input.ChecksumXXHASH64, &input.ChecksumXXHASH3, &input.ChecksumXXHASH128,
	}.get(a)
}

// checkListedSum compares the checksum a completion lists for a part with the
// one kept. A COMPOSITE upload must list one for every part.
func checkListedSum(listed *types.CompletedPart, created checksum, p *part, invalid error) error {
	given := sums{
		&listed.ChecksumCRC32, &listed.ChecksumCRC32C, &listed.ChecksumCRC64NVME, &listed.ChecksumSHA1, &listed.ChecksumSHA256,
		&listed.ChecksumSHA512, &listed.ChecksumMD5, &listed.ChecksumXXHASH64, &listed.ChecksumXXHASH3, &listed.ChecksumXXHASH128,
	}
	algorithm, value := given.first()
	switch {
	case given.count() > 1, value != "" && !utils.IsValidChecksum(value, algorithm):
		return s3err.GetInvalidArgumentErr(s3err.InvalidArgChecksumPart, value)
	case value == "" && created.Type == types.ChecksumTypeComposite:
		return s3err.APIError{
			Code: "InvalidRequest",
			Description: fmt.Sprintf("The upload was created using a %s checksum. The complete request must include the checksum for each part. It was missing for part %d in the request.",
				strings.ToLower(string(created.Algorithm)), p.Number),
			HTTPStatusCode: 400,
		}
	case value == "":
		return nil
	case algorithm == created.Algorithm && value == p.Sum:
		return nil
	case created.Algorithm == "" || algorithm == created.Algorithm:
		return invalid
	}
	return s3err.APIError{
		Code:           "BadDigest",
		Description:    fmt.Sprintf("The %s you specified for part %d did not match what we received.", strings.ToLower(string(algorithm)), p.Number),
		HTTPStatusCode: 400,
	}
}

// partsSum makes the checksum of a whole object from those of its parts.
type partsSum struct {
	kind      checksum
	internal  bool // from the parts' CRC64NVME, as the upload has no algorithm
	composite *utils.CompositeChecksumReader
	full      string
}

func newPartsSum(created checksum) (*partsSum, error) {
	s := &partsSum{kind: created}
	switch {
	case created.Algorithm == "":
		s.internal = true
		s.kind = checksum{Algorithm: types.ChecksumAlgorithmCrc64nvme, Type: types.ChecksumTypeFullObject}
	case created.Type == types.ChecksumTypeComposite:
		var err error
		if s.composite, err = utils.NewCompositeChecksumReader(hashType(created.Algorithm)); err != nil {
			return nil, s3err.GetAPIError(s3err.ErrInvalidChecksumAlgorithm)
		}
	}
	return s, nil
}

func (s *partsSum) add(p *part) (err error) {
	value := p.Sum
	if s.internal {
		value = p.CRC64
	}
	switch {
	case s.composite != nil:
		return s.composite.Process(value)
	case s.full == "":
		s.full = value
	default:
		s.full, err = utils.AddCRCChecksum(s.kind.Algorithm, s.full, value, p.Size)
	}
	return err
}

func (s *partsSum) result(parts int) checksum {
	s.kind.Value = s.full
	if s.composite != nil {
		s.kind.Value = fmt.Sprintf("%s-%d", s.composite.Sum(), parts)
	}
	return s.kind
}
