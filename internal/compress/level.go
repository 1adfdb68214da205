package compress

import "github.com/klauspost/compress/zstd"

// A variant is made once per stored object but on the CPU that serves viewers,
// so each coding stops where the curve bends. Measured on source text, JSON and
// minified JavaScript (size left, speed per core):
//
//	gzip    5: 0.314 at 98 MB/s   6: 0.312 at 91 MB/s   7: 0.305 at 50 MB/s
//	brotli  4: 0.304 at 35 MB/s   5: 0.284 at 24 MB/s   6: 0.281 at 20 MB/s
//	zstd "default" compresses within 3 % of "better" at 2.8 times its speed
//
// Beyond, twice the time buys about two percent.
const (
	gzipLevel   = 6
	brotliLevel = 5
	zstdLevel   = zstd.SpeedDefault
)
