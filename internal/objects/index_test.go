package objects

import (
	"bytes"
	"context"
	"errors"
	"io"
	"reflect"
	"runtime"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"go.etcd.io/bbolt"
)

func TestIndexKeysSortAsObjectKeysDo(t *testing.T) {
	t.Parallel()
	keys := []string{
		"\x00", "\x00\x00", "\x00\x01", "\x00\xff", "\x01", "a", "a\x00", "a\x00\x00", "a\x00\x01", "a\x00\x02", "a\x00\xff",
		"a\x01", "a/", "a/b", "a\xfe", "a\xff", "b", "\xff", "\xff\x00", "\xff\xff",
	}
	sort.Strings(keys)
	for i, k := range keys {
		got, suffix, ok := splitKey(indexKey(k, []byte("sfx")))
		if !ok || got != k || string(suffix) != "sfx" {
			t.Errorf("splitKey of %q: %q %q %v", k, got, suffix, ok)
		}
		if i == 0 {
			continue
		}
		low, high := indexKey(keys[i-1], []byte{0xff, 0xff}), indexKey(k, nil)
		if bytes.Compare(low, high) >= 0 {
			t.Errorf("%q does not sort before %q", keys[i-1], k)
		}
		if past := pastKey(keys[i-1]); bytes.Compare(low, past) >= 0 || bytes.Compare(past, high) >= 0 {
			t.Errorf("pastKey(%q) is not between it and %q", keys[i-1], k)
		}
	}
	for _, prefix := range keys {
		past := pastPrefix(prefix)
		for _, k := range keys {
			inside := strings.HasPrefix(k, prefix)
			before := past == nil || bytes.Compare(indexKey(k, []byte{0xff}), past) < 0
			if inside && !before || !inside && k > prefix && before {
				t.Errorf("pastPrefix(%q) is on the wrong side of %q", prefix, k)
			}
			if has := bytes.HasPrefix(indexKey(k, nil), appendEscaped(nil, prefix)); has != inside {
				t.Errorf("escaped %q begins with escaped %q: %v", k, prefix, has)
			}
		}
	}
}

func FuzzIndexKey(f *testing.F) {
	f.Add("a", "b", []byte("x"))
	f.Add("a\x00", "a\x00\x01", []byte{0, 1})
	f.Fuzz(func(t *testing.T, a, b string, suffix []byte) {
		ka, kb := indexKey(a, suffix), indexKey(b, suffix)
		if got, rest, ok := splitKey(ka); !ok || got != a || !bytes.Equal(rest, suffix) {
			t.Fatalf("splitKey: %q %q %v", got, rest, ok)
		}
		if a != b && (a < b) != (bytes.Compare(ka, kb) < 0) {
			t.Fatalf("order of %q and %q is not kept", a, b)
		}
		splitKey([]byte(a)) // must not panic
	})
}

func TestVersionRecordRoundTrip(t *testing.T) {
	t.Parallel()
	for _, v := range []*version{
		{Modified: time.UnixMilli(0).UTC()},
		{DeleteMarker: true, ID: newVersionID(7), Modified: time.UnixMilli(1).UTC()},
		{
			ID: newVersionID(1), Size: 1 << 40, ETag: "abc-2", Modified: time.UnixMilli(1234567890123).UTC(), Blob: blobID{1, 2}, Parts: 2, UploadID: "u",
			Checksum: checksum{Algorithm: types.ChecksumAlgorithmCrc32, Type: types.ChecksumTypeComposite, Value: "x-2"},
			Headers:  headers{"a", "b", "c", "d", "e", "f", "g"},
			Metadata: map[string]string{"k": "\xff\x00", "": "empty name", "l": ""},
			Tags:     map[string]string{"t": "v"},
		},
	} {
		got, err := decodeVersion(v.encode())
		if err != nil || !reflect.DeepEqual(got, v) {
			t.Errorf("got %+v %v, want %+v", got, err, v)
		}
	}
	var unknown fields
	unknown.str(9999, "from a later program")
	if v, err := decodeVersion(append(unknown, (&version{Size: 3}).encode()...)); err != nil || v.Size != 3 {
		t.Errorf("unknown field: %+v %v", v, err)
	}
}

func FuzzRecords(f *testing.F) {
	f.Add((&version{Size: 3, Blob: blobID{1}, Metadata: map[string]string{"a": "b"}}).encode())
	f.Add((&part{Size: 3, MD5: []byte("x")}).encode())
	f.Fuzz(func(t *testing.T, raw []byte) {
		if v, err := decodeVersion(raw); err == nil {
			again, err := decodeVersion(v.encode())
			if err != nil || !reflect.DeepEqual(again, v) {
				t.Fatalf("%+v became %+v %v", v, again, err)
			}
		}
		_, _ = decodePart(raw)
		_, _ = decodeBucketRecord(raw)
		m := manifest(raw)
		if m.check(m.len(), 0) == nil {
			m.extents(0, 1)
		}
	})
}

func TestManifestExtents(t *testing.T) {
	t.Parallel()
	blob := func(b byte) blobID { return blobID{b} }
	m := newManifest(4, 3)
	m = m.add(blob(1), 10, 1, []byte("sum1"))
	m = m.add(blobID{}, 10, 2, []byte("sum2")) // empty
	m = m.add(blob(3), 15, 7, []byte("sum3"))
	if err := m.check(3, 15); err != nil {
		t.Fatal(err)
	}
	if p := m.part(2); p.Number != 7 || p.Start != 10 || p.End != 15 || string(p.Sum) != "sum3" {
		t.Errorf("part: %+v", p)
	}
	for _, c := range []struct {
		off, length int64
		want        []extent
	}{
		{0, 15, []extent{{blob(1), 0, 10, 10}, {blob(3), 0, 5, 5}}},
		{9, 2, []extent{{blob(1), 9, 1, 10}, {blob(3), 0, 1, 5}}},
		{10, 1, []extent{{blob(3), 0, 1, 5}}},
		{3, 4, []extent{{blob(1), 3, 4, 10}}},
		{14, 1, []extent{{blob(3), 4, 1, 5}}},
		{0, 0, nil},
	} {
		if got := m.extents(c.off, c.length); !reflect.DeepEqual(got, c.want) {
			t.Errorf("extents(%d, %d) = %v, want %v", c.off, c.length, got, c.want)
		}
	}
}

// Changes that wait while a transaction is committed share the next one.
func TestWaitingChangesShareATransaction(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	before := txID(t, s)
	started, release := make(chan struct{}), make(chan struct{})
	done := make(chan error)
	go func() {
		done <- s.changes.do(func(*bbolt.Tx) error {
			close(started)
			<-release
			return nil
		})
	}()
	<-started
	const n = 50
	for range n {
		go func() { done <- s.changes.do(func(tx *bbolt.Tx) error { return nil }) }()
	}
	for len(s.changes.queue) < n {
		runtime.Gosched() // until they have queued up
	}
	close(release)
	for range n + 1 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if got := txID(t, s) - before; got != 2 {
		t.Errorf("%d changes took %d transactions, want 2", n+1, got)
	}
}

func txID(t *testing.T, s *Store) (id int) {
	t.Helper()
	if err := s.view(func(tx *bbolt.Tx) error { id = tx.ID(); return nil }); err != nil {
		t.Fatal(err)
	}
	return id
}

// A change that fails takes nothing of its neighbours with it and leaves
// nothing behind.
func TestFailedChangeLeavesNoTrace(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	put := func(key string, fail error) change {
		return change{done: make(chan error, 1), apply: func(tx *bbolt.Tx) error {
			if err := tx.Bucket(metaBucket).Put([]byte(key), []byte("x")); err != nil {
				return err
			}
			return fail
		}}
	}
	batch := []change{put("a", nil), put("b", errCodec), put("c", nil), put("d", errCodec)}
	s.changes.commit(batch)
	for i, want := range []error{nil, errCodec, nil, errCodec} {
		if err := <-batch[i].done; err != want {
			t.Errorf("change %d: got %v, want %v", i, err, want)
		}
	}
	_ = s.view(func(tx *bbolt.Tx) error {
		for _, key := range []string{"a", "b", "c", "d"} {
			if got, want := tx.Bucket(metaBucket).Get([]byte(key)) != nil, key == "a" || key == "c"; got != want {
				t.Errorf("key %s present: %v", key, got)
			}
		}
		return nil
	})
}

// Once the index could not be written, nothing is changed or removed any more.
func TestBrokenIndexTakesNoChanges(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := Open(dir, Options{CollectEvery: -1})
	if err != nil {
		t.Fatal(err)
	}
	makeBucket(t, s, "b")
	put(t, s, "b", "k", "hello")
	in := putInput("b", "k2", "lost")
	in.Body = &closing{db: s.db, r: in.Body}
	if _, err := s.PutObject(context.Background(), in); !errors.Is(err, ErrBroken) {
		t.Errorf("put while the index fails: %v", err)
	}
	if err := s.changes.do(func(*bbolt.Tx) error { return nil }); !errors.Is(err, ErrBroken) {
		t.Errorf("next change: %v", err)
	}
	if _, err := s.Collect(context.Background()); !errors.Is(err, ErrBroken) {
		t.Errorf("collect: %v", err)
	}
	if n := blobFiles(t, s); n != 2 {
		t.Errorf("%d blobs, want both to stay", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, dir, Options{CollectEvery: -1})
	collect(t, s)
	wantBody(t, s, "b", "k", "hello")
	if n := blobFiles(t, s); n != 1 {
		t.Errorf("%d blobs after reopening, want 1", n)
	}
}

// closing is a body that closes the index when it ends.
type closing struct {
	db *bbolt.DB
	r  io.Reader
}

func (c *closing) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if err == io.EOF {
		_ = c.db.Close()
	}
	return n, err
}
