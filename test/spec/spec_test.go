// Package spec runs the scripts in its folders, which read like the specification: each over
// HTTP/1.1, HTTP/2 and HTTP/3 against a real node with scripted origins and a movable clock.
// commands.go says what a script may do.
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
