package edge

import (
	"bytes"
	"errors"
	"io"
	"net/url"

	"github.com/warmfront/warmfront/internal/compress"
	"github.com/warmfront/warmfront/internal/httpcache"
	"github.com/warmfront/warmfront/internal/manifest"
	"github.com/warmfront/warmfront/internal/snapshot"
	"github.com/warmfront/warmfront/signedurl"
)

// maxManifest is the longest manifest that is rewritten, in bytes; a longer one is served as it is.
const maxManifest = 8 << 20

// grant is the signature a request for a manifest was admitted by. Where the behavior's response
// headers policy asks for it, each URL in the manifest that the same policy admits gets the same
// signature, for players that send cookies or queries with the manifest alone. Nothing is signed:
// a viewer is given what it has.
type grant struct {
	policy signedurl.Policy
	url    signedurl.URL // of the manifest
	query  string        // the signature as parameters
}

// signsManifest reports whether the answer to x is a manifest to rewrite.
func (x *exchange) signsManifest() bool {
	return x.behavior.Headers != nil && x.behavior.Headers.SignManifests && x.behavior.Restricted &&
		(x.method == snapshot.GET || x.method == snapshot.HEAD) && manifest.FormatOf(x.path) != manifest.None
}

// keepGrant remembers what admitted a request for a manifest.
func (x *exchange) keepGrant(c *signedurl.Credentials, policy *signedurl.Policy) {
	if x.grant == nil && x.signsManifest() {
		x.grant = &grant{policy: *policy, url: c.URL, query: c.SignedQuery()}
	}
}

// wholeManifest makes a request one for the whole manifest in no coding: parts, codings and
// validators of the stored one mean nothing to a viewer that is sent another.
func (x *exchange) wholeManifest() {
	x.wantsRange, x.accepted, x.headers.conditions = false, "", httpcache.Conditions{}
}

// signManifest puts the viewer's signature to the URLs of a manifest about to be delivered. The
// result is the viewer's alone, and kept by nobody.
func (e *Edge) signManifest(x *exchange) {
	if x.grant == nil || x.out.Status != 200 || httpcache.Header(x.fields).Has("Content-Encoding") {
		return
	}
	for _, name := range [...]string{"ETag", "Last-Modified", "Accept-Ranges", "Expires", "Cache-Control", "Content-MD5"} {
		x.drop(name)
	}
	x.add("Cache-Control", "private, no-store")
	base, err := url.Parse(x.scheme() + "://" + x.req.Host + x.path)
	if err != nil || x.method == snapshot.HEAD {
		x.out.ContentLength = -1
		return
	}
	src, whole := x.takeBody()
	if whole {
		x.coded(manifest.Rewrite(manifest.FormatOf(x.path), base, src, x.signReference))
	}
}

// takeBody reads the answer's body. Where that fails or the body is too long, the answer goes on
// as it was, its error included.
func (x *exchange) takeBody() (src []byte, whole bool) {
	if x.out.Stream == nil {
		return x.out.Bytes, true
	}
	stream := x.out.Stream
	src, err := io.ReadAll(io.LimitReader(stream, maxManifest+1))
	if err != nil {
		x.out.Stream = readCloser{io.MultiReader(bytes.NewReader(src), failing{err}), stream}
		return nil, false
	}
	if len(src) > maxManifest {
		x.out.Stream = readCloser{io.MultiReader(bytes.NewReader(src), stream), stream}
		return nil, false
	}
	if err := stream.Close(); err != nil {
		x.e.deps.Log.Debug("close a manifest's body", "error", err)
	}
	return src, true
}

// signReference appends the grant's signature to a reference within this distribution that its
// policy admits and that has none.
func (x *exchange) signReference(target *url.URL, reference string) string {
	if x.snap.Host(target.Host) != x.dist || target.Fragment != "" {
		return reference
	}
	if _, signed := signedurl.StripQuery(target.RawQuery); signed {
		return reference
	}
	u := signedurl.URL{Scheme: target.Scheme, Host: target.Host, Path: target.EscapedPath(), Query: target.RawQuery}
	if target.Host == x.grant.url.Host {
		u.AltHost = x.grant.url.AltHost
	}
	if x.grant.policy.Evaluate(u, x.req.Peer.Addr(), x.begin) != nil {
		return reference
	}
	if target.RawQuery == "" && !target.ForceQuery {
		return reference + "?" + x.grant.query
	}
	return reference + "&" + x.grant.query
}

// coded sets a body of the edge's own making, compressed where stored ones would be: every line
// of a manifest ends in the same signature.
func (x *exchange) coded(body []byte) {
	recipe := &x.behavior.Recipe
	enc := compress.Identity
	if x.behavior.Compress {
		enc, _ = compress.Choose(compress.Normalize(x.headers.acceptEncoding, compress.Flags{Gzip: recipe.Gzip, Brotli: recipe.Brotli}),
			&compress.Response{Status: 200, ContentType: "application/vnd.apple.mpegurl", ContentLength: int64(len(body)), HTTP10: x.req.Proto == HTTP10})
	}
	if enc != compress.Identity {
		r := compress.NewReader(bytes.NewReader(body), enc)
		coded, err := io.ReadAll(r)
		if err = errors.Join(err, r.Close()); err == nil {
			body, x.fields = coded, httpcache.Encoded(x.fields, string(enc))
		}
	}
	x.out.Stream, x.out.Bytes, x.out.Pages, x.out.ContentLength = nil, body, nil, int64(len(body))
}

// readCloser reads from one and closes another.
type readCloser struct {
	io.Reader
	io.Closer
}

// failing is a reader of nothing but an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
