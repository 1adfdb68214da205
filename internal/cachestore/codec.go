package cachestore

import (
	"encoding/binary"
	"errors"
	"math"
	"time"

	"github.com/warmfront/warmfront/internal/httpcache"
)

// The disk tier keeps a head and its target as a sequence of values: integers as varints, strings
// as a uvarint length and bytes, times as UnixNano, the zero time as the lowest integer.
// Prepared is not kept: who sets it makes it again.

// codecVersion is the first value. Heads of another version are misses.
const codecVersion = 1

var errCodec = errors.New("cachestore: a stored head cannot be read")

// encoder appends values.
type encoder []byte

func (e *encoder) int(x int64) { *e = binary.AppendVarint(*e, x) }

func (e *encoder) string(s string) {
	*e = append(binary.AppendUvarint(*e, uint64(len(s))), s...)
}

func (e *encoder) bool(b bool) {
	if b {
		e.int(1)
	} else {
		e.int(0)
	}
}

func (e *encoder) time(t time.Time) {
	if t.IsZero() {
		e.int(math.MinInt64)
	} else {
		e.int(t.UnixNano())
	}
}

// encodeHead encodes all of a head but its length, and the target.
func encodeHead(h *Head, t Target) []byte {
	e := make(encoder, 0, 512)
	e.int(codecVersion)
	e.int(int64(h.Status))
	e.int(int64(len(h.Fields)))
	for _, f := range h.Fields {
		e.string(f.Name)
		e.string(f.Value)
	}
	for _, s := range [...]string{h.ETag, h.LastModified, h.Date, h.Validators.ETag, h.Validators.LastModified, h.Encoding} {
		e.string(s)
	}
	e.int(int64(len(h.Tags)))
	for _, tag := range h.Tags {
		e.string(tag)
	}
	f := &h.Freshness
	e.time(f.RequestTime)
	e.time(f.ResponseTime)
	for _, d := range [...]time.Duration{f.InitialAge, f.FreshFor, f.StaleWhileRevalidate, f.StaleIfError} {
		e.int(int64(d))
	}
	e.bool(f.HasStaleIfError)
	e.bool(f.NoStaleOnError)
	e.time(f.GraceUntil)
	e.string(string(f.GraceReason))
	e.string(t.DistributionID)
	e.string(t.Path)
	e.string(t.Query)
	return e
}

// decoder takes values off; after the first failure all are zero. Strings are cut out of one, of
// all there is, which a head keeps as long as it lives anyway.
type decoder struct {
	all string
	b   []byte // what is left of all
	err error
}

func (d *decoder) int() int64 {
	x, n := binary.Varint(d.b)
	if n <= 0 {
		d.err, d.b = errCodec, nil
		return 0
	}
	d.b = d.b[n:]
	return x
}

// count is an int that says how many values follow, at least one byte each.
func (d *decoder) count() int {
	n := d.int()
	if n < 0 || n > int64(len(d.b)) {
		d.err, d.b = errCodec, nil
		return 0
	}
	return int(n)
}

func (d *decoder) string() string {
	n, used := binary.Uvarint(d.b)
	if used <= 0 || n > uint64(len(d.b)-used) {
		d.err, d.b = errCodec, nil
		return ""
	}
	at := len(d.all) - len(d.b) + used
	d.b = d.b[used+int(n):]
	return d.all[at : at+int(n)]
}

func (d *decoder) time() time.Time {
	if x := d.int(); x != math.MinInt64 && d.err == nil {
		return time.Unix(0, x)
	}
	return time.Time{}
}

// decodeHead is the inverse of encodeHead; Length is left to the caller.
func decodeHead(b []byte) (*Head, Target, error) {
	d := &decoder{all: string(b), b: b}
	if d.int() != codecVersion {
		return nil, Target{}, errCodec
	}
	h := &Head{Status: int(d.int())}
	if n := d.count(); n > 0 {
		h.Fields = make(httpcache.Header, n)
	}
	for i := range h.Fields {
		h.Fields[i] = Field{Name: d.string(), Value: d.string()}
	}
	for _, s := range [...]*string{&h.ETag, &h.LastModified, &h.Date, &h.Validators.ETag, &h.Validators.LastModified, &h.Encoding} {
		*s = d.string()
	}
	for range d.count() {
		h.Tags = append(h.Tags, d.string())
	}
	f := &h.Freshness
	f.RequestTime, f.ResponseTime = d.time(), d.time()
	for _, p := range [...]*time.Duration{&f.InitialAge, &f.FreshFor, &f.StaleWhileRevalidate, &f.StaleIfError} {
		*p = time.Duration(d.int())
	}
	f.HasStaleIfError, f.NoStaleOnError = d.int() != 0, d.int() != 0
	f.GraceUntil = d.time()
	f.GraceReason = httpcache.Reason(d.string())
	t := Target{DistributionID: d.string(), Path: d.string(), Query: d.string()}
	if d.err == nil && len(d.b) > 0 {
		d.err = errCodec
	}
	return h, t, d.err
}
