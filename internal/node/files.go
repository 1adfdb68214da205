package node

import "syscall"

// fileBudget divides the files that the process may have open: every connection is one, and so
// is each object, cached chunk and log under way. The state store ends the process when it
// cannot open its log, so no flood of connections may take the last ones.
type fileBudget struct {
	viewers int // viewers' connections, half of all
	api     int // connections to the API address; as many again inside, for objects being read
	origins int // connections to origins
}

// The most connections of each kind where files are plenty.
const (
	maxViewers = 100_000
	maxAPI     = 16 << 10
	maxOrigins = 32 << 10
)

func newFileBudget(files uint64) fileBudget {
	part := func(share uint64, limit int) int { return int(max(16, min(share, uint64(limit)))) }
	return fileBudget{viewers: part(files/2, maxViewers), api: part(files/8, maxAPI), origins: part(files/8, maxOrigins)}
}

// openFiles is the process's limit, which Go raises to the hard one when it starts.
func openFiles() uint64 {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 1024
	}
	return uint64(limit.Cur)
}
