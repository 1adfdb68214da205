package spec

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/warmfront/warmfront/internal/nodetest"
)

func TestEdge(t *testing.T) {
	for _, protocol := range []nodetest.Protocol{nodetest.HTTP1, nodetest.HTTP2, nodetest.HTTP3} {
		t.Run(string(protocol), func(t *testing.T) {
			t.Parallel()
			run(t, "edge", protocol)
		})
	}
}

func TestS3(t *testing.T) { run(t, "s3", nodetest.HTTP1) }

func run(t *testing.T, dir string, protocol nodetest.Protocol) {
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		Cmds:                commands,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			if err := os.CopyFS(env.WorkDir, os.DirFS("shared")); err != nil {
				return err
			}
			return setup(t, env, protocol)
		},
	})
}
