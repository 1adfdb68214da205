package objects

import (
	"io"

	"github.com/versity/versitygw/s3err"
	"go.etcd.io/bbolt"
)

// maxKey is the longest object key in bytes.
const maxKey = 1024

// checkKey refuses keys S3 does not have. Every other byte string is a key.
func checkKey(key *string) error {
	if key == nil || *key == "" {
		return s3err.GetAPIError(s3err.ErrNoSuchKey)
	}
	if len(*key) > maxKey {
		return s3err.GetKeyTooLongErr(int64(len(*key)), maxKey)
	}
	return nil
}

// lookup finds the version a request is about: the one with an id, else the
// newest. If that is a delete marker it is returned together with the error
// S3 gives: NoSuchKey, or MethodNotAllowed when it was asked for by id.
func (in *incarnation) lookup(key, id string) (*version, error) {
	if id == "" {
		v, err := in.latest(key)
		switch {
		case err != nil:
			return nil, err
		case v == nil:
			return nil, s3err.GetAPIError(s3err.ErrNoSuchKey)
		case v.DeleteMarker:
			return v, s3err.GetAPIError(s3err.ErrNoSuchKey)
		}
		return v, nil
	}
	if err := checkVersionID(id); err != nil {
		return nil, err
	}
	v, err := in.find(key, id)
	switch {
	case err != nil:
		return nil, err
	case v == nil:
		return nil, s3err.GetNoSuchVersionErr(key, id)
	case v.DeleteMarker:
		return v, s3err.GetAPIError(s3err.ErrMethodNotAllowed)
	}
	return v, nil
}

func checkVersionID(id string) error {
	if _, ok := parseVersionID(id); !ok && id != nullVersion {
		return s3err.GetInvalidArgumentErr(s3err.InvalidArgVersionId, id)
	}
	return nil
}

// found is the outcome of a look-up outside any transaction.
type found struct {
	version   *version
	span      span
	versioned bool // the bucket has or had versioning, so ids are shown
	extents   []extent
	release   func() // lets go of the extents' blobs
}

// read looks a version up and pins the blobs of the span that choose picks;
// choose may also refuse. A delete marker is returned along with its error.
// The caller must call release of a result without error.
func (s *Store) read(bucket, key, id string, choose func(*version, manifest) (span, error)) (found, error) {
	var f found
	s.gate.RLock()
	defer s.gate.RUnlock()
	err := s.view(func(tx *bbolt.Tx) error {
		in, err := openBucket(tx, bucket)
		if err != nil {
			return err
		}
		f.versioned = in.versioning() != ""
		if f.version, err = in.lookup(key, id); err != nil {
			return err
		}
		man := in.manifest(f.version)
		if f.version.Parts > 0 {
			if err := man.check(f.version.Parts, f.version.Size); err != nil {
				return err
			}
		}
		if f.span, err = choose(f.version, man); err != nil {
			return err
		}
		f.extents = f.version.extents(man, f.span)
		return nil
	})
	if err != nil {
		return f, err
	}
	ids := make([]blobID, len(f.extents))
	for i, e := range f.extents {
		ids[i] = e.Blob
	}
	s.reading.add(ids...)
	f.release = func() {
		s.reading.drop(ids...)
		if s.held.Swap(false) {
			s.garbageMade()
		}
	}
	return f, nil
}

// extents are the runs of blobs that hold a span of the version.
func (v *version) extents(man manifest, r span) []extent {
	switch {
	case r.Length == 0:
		return nil
	case v.Parts == 0:
		return []extent{{Blob: v.Blob, Offset: r.Offset, Length: r.Length, Size: v.Size}}
	}
	return man.extents(r.Offset, r.Length)
}

// open turns a look-up's extents into a body and takes over its release. A
// whole single file is handed out as such, so that it can be sent by
// sendfile.
func (s *Store) open(f found) (io.ReadCloser, error) {
	if len(f.extents) > 1 {
		b := &partsBody{s: s, extents: f.extents, release: f.release}
		if err := b.advance(); err != nil { // fail before the answer begins
			b.Close()
			return nil, err
		}
		return b, nil
	}
	defer f.release() // an open descriptor outlives the file's name
	if len(f.extents) == 0 {
		return emptyBody{}, nil
	}
	e := f.extents[0]
	if e.Length == e.Size {
		file, err := s.openBlob(e.Blob, e.Size)
		if err != nil {
			return nil, err
		}
		return file, nil
	}
	b, err := s.openExtent(e)
	if err != nil {
		return nil, err
	}
	return b, nil
}
