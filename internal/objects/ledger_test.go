package objects

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// ledger is one client's own keys: what the store answered to, and what it may
// have done since without having answered.
type ledger struct {
	name  string
	rnd   *rand.Rand
	n     int
	sure  map[string]string   // answered: key → body, absent if deleted
	maybe map[string][]string // bodies it may have instead, "-" for none
}

const absent = "-"

func newLedger(name string, rnd *rand.Rand) *ledger {
	return &ledger{name: name, rnd: rnd, sure: map[string]string{}, maybe: map[string][]string{}}
}

// step does one random operation and notes it. unsure tells afterwards whether
// an answer may have come too late to count.
func (l *ledger) step(s *Store, unsure func() bool) {
	l.n++
	key := fmt.Sprintf("%s/%d", l.name, l.rnd.IntN(6))
	body := pattern(l.rnd.IntN(3)*l.rnd.IntN(50000), byte(l.n)) + fmt.Sprint(l.name, l.n)
	var err error
	switch op := l.rnd.IntN(10); {
	case op < 5:
		_, err = s.PutObject(context.Background(), putInput("b", key, body))
	case op < 6:
		body = absent
		_, err = s.DeleteObject(context.Background(), &s3.DeleteObjectInput{Bucket: ptr("b"), Key: &key})
	case op < 8:
		err = multipartPut(s, key, body)
	default:
		src := fmt.Sprintf("%s/%d", l.name, l.rnd.IntN(6))
		if l.sure[src] == "" || src == key || len(l.maybe[src]) > 0 {
			return
		}
		body = l.sure[src]
		_, err = s.CopyObject(context.Background(), copyInput("b/"+src, key))
	}
	l.note(key, body, err != nil || unsure())
}

func (l *ledger) note(key, body string, unsure bool) {
	switch {
	case unsure:
		l.maybe[key] = append(l.maybe[key], body)
	case body == absent:
		delete(l.sure, key)
		delete(l.maybe, key)
	default:
		l.sure[key] = body
		delete(l.maybe, key)
	}
}

func multipartPut(s *Store, key, body string) error {
	u := &testUpload{bucket: "b", key: key}
	res, err := s.CreateMultipartUpload(context.Background(), createInput("b", key))
	if err != nil {
		return err
	}
	u.id = res.UploadId
	out, err := s.UploadPart(context.Background(), u.partInput(1, body))
	if err != nil {
		return err
	}
	u.list(1, out.ETag)
	_, err = u.complete(s, nil)
	return err
}

// check compares the store with the ledger.
func (l *ledger) check(t *testing.T, s *Store) {
	t.Helper()
	for i := range 6 {
		key := fmt.Sprintf("%s/%d", l.name, i)
		body, code := get(s, "b", key, "")
		if code == "NoSuchKey" {
			body = absent
		} else if code != "" {
			t.Errorf("%s: %s", key, code)
			continue
		}
		want, ok := l.sure[key]
		if !ok {
			want = absent
		}
		found := body == want
		for _, m := range l.maybe[key] {
			found = found || body == m
		}
		if !found {
			t.Errorf("%s: %d bytes %.20q, want %d bytes or one of %d unanswered", key, len(body), body, len(want), len(l.maybe[key]))
		}
	}
}
