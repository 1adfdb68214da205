package objects

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// The store and the model go through the same random operations.
func TestAgainstAModel(t *testing.T) {
	t.Parallel()
	for range 6 {
		seed := rand.Uint64()
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			r := &modelRun{
				T: t, dir: t.TempDir(), rnd: rand.New(rand.NewPCG(seed, 1)),
				m: model{keys: map[string][]modelVersion{}},
			}
			r.s = openFast(t, r.dir)
			makeBucket(t, r.s, "b")
			for range 500 {
				r.step()
				if t.Failed() {
					return
				}
			}
			r.end()
		})
	}
}

type modelRun struct {
	*testing.T
	dir string
	s   *Store
	m   model
	rnd *rand.Rand
	n   int
}

// key picks from a few keys with common prefixes, awkward bytes among them.
func (r *modelRun) key() string {
	parts := []string{"a", "b", "a/", "/", "//", "\x00", "\xff", "c/d/", ".."}
	k := parts[r.rnd.IntN(len(parts))]
	for range r.rnd.IntN(3) {
		k += parts[r.rnd.IntN(len(parts))]
	}
	return k
}

func (r *modelRun) known() string {
	keys := r.m.sorted()
	if len(keys) == 0 || r.rnd.IntN(8) == 0 {
		return r.key()
	}
	return keys[r.rnd.IntN(len(keys))]
}

func (r *modelRun) step() {
	r.n++
	switch op := r.rnd.IntN(100); {
	case op < 30:
		key, body := r.key(), fmt.Sprint("body ", r.n)
		out := put(r.T, r.s, "b", key, body)
		r.m.insert(key, modelVersion{id: out.VersionID, body: body})
	case op < 35:
		key, body := r.key(), fmt.Sprint("parts ", r.n)
		u := beginUpload(r.T, r.s, "b", key, "", "")
		uploadPart(r.T, r.s, u, 3, body)
		_, id, err := r.s.CompleteMultipartUpload(context.Background(), &s3.CompleteMultipartUploadInput{
			Bucket: ptr("b"), Key: &key, UploadId: &u.id, MultipartUpload: &types.CompletedMultipartUpload{Parts: u.parts},
		})
		wantCode(r.T, err, "")
		r.m.insert(key, modelVersion{id: id, body: body, tag: "1"})
	case op < 45:
		r.copy()
	case op < 55:
		r.delete()
	case op < 62:
		r.deleteVersion()
	case op < 65:
		r.m.status = []types.BucketVersioningStatus{types.BucketVersioningStatusEnabled, types.BucketVersioningStatusSuspended}[r.rnd.IntN(2)]
		setVersioning(r.T, r.s, "b", r.m.status)
	case op < 70:
		r.tag()
	case op < 85:
		r.list()
	case op < 90:
		r.read()
	case op < 95:
		r.listVersions()
	case op < 97:
		collect(r.T, r.s)
	case op < 98:
		if err := r.s.Close(); err != nil {
			r.Fatal(err)
		}
		r.s = openFast(r.T, r.dir)
	}
}

func (r *modelRun) copy() {
	from, to := r.known(), r.key()
	v, ok := r.m.current(from)
	in := copyInput("b/"+escapeSource(from), to)
	if from == to {
		in.MetadataDirective = types.MetadataDirectiveReplace
	}
	out, err := r.s.CopyObject(context.Background(), in)
	if !ok {
		wantCode(r.T, err, "NoSuchKey")
		return
	}
	wantCode(r.T, err, "")
	v.id = ""
	if out.VersionId != nil {
		v.id = *out.VersionId
	}
	r.m.insert(to, v)
}

func escapeSource(key string) string {
	var b strings.Builder
	for i := 0; i < len(key); i++ {
		fmt.Fprintf(&b, "%%%02X", key[i])
	}
	return b.String()
}

func (r *modelRun) delete() {
	key := r.known()
	out := deleteObject(r.T, r.s, key, "")
	if r.m.status == "" {
		r.m.drop(key, nullVersion)
		return
	}
	r.m.insert(key, modelVersion{id: *out.VersionId, marker: true})
}

func (r *modelRun) deleteVersion() {
	key := r.known()
	if vs := r.m.keys[key]; len(vs) > 0 {
		id := vs[r.rnd.IntN(len(vs))].id
		deleteObject(r.T, r.s, key, id)
		r.m.drop(key, id)
	}
}

func (r *modelRun) tag() {
	key := r.known()
	vs := r.m.keys[key]
	if len(vs) == 0 {
		return
	}
	i, tag := r.rnd.IntN(len(vs)), fmt.Sprint(r.n)
	err := r.s.PutObjectTagging(context.Background(), "b", key, vs[i].id, map[string]string{"t": tag})
	if vs[i].marker {
		wantCode(r.T, err, "MethodNotAllowed")
		return
	}
	wantCode(r.T, err, "")
	vs[i].tag = tag
}

func (r *modelRun) read() {
	for _, key := range append(r.m.sorted(), r.key()) {
		v, ok := r.m.current(key)
		body, code := get(r.s, "b", key, "")
		if ok != (code == "") || body != v.body {
			r.Errorf("%q: got %q %s, want %q", key, body, code, v.body)
		}
		for _, v := range r.m.keys[key] {
			body, code := get(r.s, "b", key, v.id)
			if v.marker != (code == "MethodNotAllowed") || body != v.body {
				r.Errorf("%q version %s: got %q %s, want %q", key, v.id, body, code, v.body)
			}
			if v.marker {
				continue
			}
			if tags, err := r.s.GetObjectTagging(context.Background(), "b", key, v.id); err != nil || tags["t"] != v.tag {
				r.Errorf("%q version %s: tags %v %v, want %q", key, v.id, tags, err, v.tag)
			}
		}
	}
}

func (r *modelRun) list() {
	prefix, delimiter, marker := "", "", ""
	if r.rnd.IntN(2) == 0 {
		prefix = r.key()[:1]
	}
	if r.rnd.IntN(3) > 0 {
		delimiter = []string{"/", "a", "\x00", "//"}[r.rnd.IntN(4)]
	}
	if r.rnd.IntN(2) == 0 {
		marker = r.key()
	}
	want := r.m.list(prefix, delimiter, marker)
	what := fmt.Sprintf("prefix %q delimiter %q after %q", prefix, delimiter, marker)
	var v1, v2 []string
	in := &s3.ListObjectsV2Input{
		Bucket: ptr("b"), Prefix: &prefix, Delimiter: &delimiter, StartAfter: &marker, MaxKeys: ptr(int32(1 + r.rnd.IntN(4))),
	}
	for next := marker; ; {
		res, err := r.s.ListObjectsV2(context.Background(), in)
		if err != nil {
			r.Fatal(err)
		}
		for _, o := range res.Contents {
			v2 = append(v2, *o.Key)
		}
		for _, p := range res.CommonPrefixes {
			v2 = append(v2, ">"+*p.Prefix)
		}
		l := listV1(r.T, r.s, prefix, delimiter, next, *in.MaxKeys)
		v1 = append(v1, l.keys...)
		for _, p := range l.prefixes {
			v1 = append(v1, ">"+p)
		}
		if *res.IsTruncated != (l.next != "") || len(v1) > len(want) {
			r.Errorf("%s: truncated %v, next %q", what, *res.IsTruncated, l.next)
			return
		}
		if in.ContinuationToken, next = res.NextContinuationToken, l.next; !*res.IsTruncated {
			break
		}
	}
	for _, got := range [][]string{v1, v2} { // prefixes are told apart from keys, not their order
		slices.Sort(got)
		sorted := slices.Sorted(slices.Values(want))
		if len(got)+len(want) > 0 && !reflect.DeepEqual(got, sorted) {
			r.Errorf("%s: got %q, want %q", what, got, sorted)
		}
	}
}

func (r *modelRun) listVersions() {
	in := &s3.ListObjectVersionsInput{Bucket: ptr("b"), MaxKeys: ptr(int32(1 + r.rnd.IntN(5)))}
	var got []string
	for {
		res, err := r.s.ListObjectVersions(context.Background(), in)
		if err != nil {
			r.Fatal(err)
		}
		for _, v := range res.Versions {
			got = append(got, fmt.Sprintf("%q %s latest=%v marker=false", *v.Key, *v.VersionId, *v.IsLatest))
		}
		for _, v := range res.DeleteMarkers {
			got = append(got, fmt.Sprintf("%q %s latest=%v marker=true", *v.Key, *v.VersionId, *v.IsLatest))
		}
		if !*res.IsTruncated {
			break
		}
		in.KeyMarker, in.VersionIdMarker = res.NextKeyMarker, res.NextVersionIdMarker
	}
	want := r.m.versions()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		r.Errorf("versions: got %q, want %q", got, want)
	}
}

// end deletes everything and looks for what is left.
func (r *modelRun) end() {
	r.read()
	r.listVersions()
	for key, vs := range r.m.keys {
		for _, v := range vs {
			deleteObject(r.T, r.s, key, v.id)
		}
	}
	if err := r.s.DeleteBucket(context.Background(), "b"); err != nil {
		r.Error(err)
	}
	collect(r.T, r.s)
	if files, refs := blobFiles(r.T, r.s), referredBlobs(r.T, r.s); files != 0 || refs != 0 {
		r.Errorf("%d blob files and %d references left", files, refs)
	}
}
