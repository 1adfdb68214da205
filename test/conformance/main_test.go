// Package conformance drives the built binary with the clients people already use: the AWS
// CLI, boto3, AWS's and others' CloudFront signers, rclone and s3cmd.
package conformance

import (
	"testing"

	"github.com/warmfront/warmfront/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }
