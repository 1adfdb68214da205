package node

import "testing"

func TestFileBudget(t *testing.T) {
	t.Parallel()
	for files, want := range map[uint64]fileBudget{
		0:       {16, 16, 16},
		1024:    {512, 128, 128},
		20_000:  {10_000, 2500, 2500},
		1 << 20: {maxViewers, maxAPI, maxOrigins},
		1 << 63: {maxViewers, maxAPI, maxOrigins},
	} {
		if got := newFileBudget(files); got != want {
			t.Errorf("%d files: %+v, want %+v", files, got, want)
		}
	}
}
