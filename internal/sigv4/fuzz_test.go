package sigv4_test

import (
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/sigv4"
)

// FuzzVerify feeds arbitrary requests: nothing may panic, and nothing may verify under a secret
// that signed none of the seeds.
func FuzzVerify(f *testing.F) {
	file := readVectors(f)
	for _, v := range file.Vectors {
		authorization, date := "", ""
		for _, h := range v.Headers {
			switch h[0] {
			case "Authorization":
				authorization = h[1]
			case "X-Amz-Date":
				date = h[1]
			}
		}
		f.Add(v.Method, v.Path, v.Query, authorization, date)
	}
	now := time.Unix(file.SignedAt, 0)
	f.Fuzz(func(t *testing.T, method, path, query, authorization, date string) {
		v := vector{Method: method, Path: path, Query: query, Host: "h", Headers: [][2]string{{"x-amz-date", date}}}
		if authorization != "" {
			v.Headers = append(v.Headers, [2]string{"authorization", authorization})
		}
		a, err := sigv4.Parse(v.request())
		if err != nil {
			if kindOf(err) == 0 {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		if err := a.Verify(v.request(), "another secret", sigv4.EmptyPayload, now); kindOf(err) == 0 {
			t.Fatalf("got %v", err)
		}
	})
}
