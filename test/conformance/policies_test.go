package conformance

import (
	"strings"
	"testing"

	"github.com/warmfront/warmfront/test/harness"
)

// TestPoliciesWithBoto3 takes policies of each kind, managed and custom, and a distribution
// that uses them behind an origin group, through their lives.
func TestPoliciesWithBoto3(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	if out := s.Command(pythonWith(t, "boto3"), "lives/policies.py"); strings.TrimSpace(out) != "done" {
		t.Errorf("printed %q", out)
	}
}
