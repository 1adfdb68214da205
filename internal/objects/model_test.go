package objects

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// model is a bucket as simply as it can be had: per key its versions, newest
// first.
type model struct {
	status types.BucketVersioningStatus
	keys   map[string][]modelVersion
}

type modelVersion struct {
	id     string
	marker bool
	body   string
	tag    string
}

func (m *model) insert(key string, v modelVersion) {
	if m.status != types.BucketVersioningStatusEnabled {
		v.id = nullVersion
		m.drop(key, nullVersion)
	}
	m.keys[key] = append([]modelVersion{v}, m.keys[key]...)
}

func (m *model) drop(key, id string) {
	m.keys[key] = slices.DeleteFunc(m.keys[key], func(v modelVersion) bool { return v.id == id })
	if len(m.keys[key]) == 0 {
		delete(m.keys, key)
	}
}

func (m *model) current(key string) (modelVersion, bool) {
	if vs := m.keys[key]; len(vs) > 0 && !vs[0].marker {
		return vs[0], true
	}
	return modelVersion{}, false
}

func (m *model) sorted() []string {
	keys := make([]string, 0, len(m.keys))
	for k := range m.keys {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// list is what a listing with delimiter shows after a marker, in order;
// common prefixes are marked by a leading ">".
func (m *model) list(prefix, delimiter, marker string) (out []string) {
	for _, k := range m.sorted() {
		if _, ok := m.current(k); !ok || !strings.HasPrefix(k, prefix) || k <= marker {
			continue
		}
		if common, ok := commonPrefix(k, prefix, delimiter); ok {
			if !strings.HasPrefix(marker, common) && !slices.Contains(out, ">"+common) {
				out = append(out, ">"+common)
			}
			continue
		}
		out = append(out, k)
	}
	return out
}

// versions is what a version listing shows.
func (m *model) versions() (out []string) {
	for _, k := range m.sorted() {
		for i, v := range m.keys[k] {
			out = append(out, fmt.Sprintf("%q %s latest=%v marker=%v", k, v.id, i == 0, v.marker))
		}
	}
	return out
}
