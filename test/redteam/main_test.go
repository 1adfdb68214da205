package redteam

import (
	"testing"

	"github.com/warmfront/warmfront/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }
