package s3store

import (
	"bufio"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/sigv4"
)

// upload describes one PUT written by hand.
type upload struct {
	who     Identity
	target  string
	hash    string // x-amz-content-sha256; "" for the body's digest
	body    string // object data
	trailer string // CRC32 to send behind the chunks; "" for none
	headers []string
	chunked int                      // size of Transfer-Encoding chunks; 0 for Content-Length
	spoil   func(wire string) string // changes the framed body before it is sent
}

var seedSignature = regexp.MustCompile(`Signature=([0-9a-f]{64})`)

func (u *upload) streaming() bool { return strings.HasPrefix(u.hash, "STREAMING-") }

// request renders the upload: signed headers, then the body as its hash says.
func (w *world) request(u upload) string {
	w.t.Helper()
	req, err := http.NewRequest("PUT", "http://"+w.addr+u.target, nil)
	w.check(err)
	for i := 0; i < len(u.headers); i += 2 {
		req.Header.Set(u.headers[i], u.headers[i+1])
	}
	if u.streaming() {
		req.Header.Set("Content-Encoding", "aws-chunked")
		req.Header.Set("X-Amz-Decoded-Content-Length", fmt.Sprint(len(u.body)))
	}
	if u.trailer != "" {
		req.Header.Set("X-Amz-Trailer", "x-amz-checksum-crc32")
	}
	if u.hash == "" {
		u.hash = hexSHA256([]byte(u.body))
	}
	w.sign(u.who, req, u.hash)
	body := u.body
	if u.streaming() {
		body = u.frame(seedSignature.FindStringSubmatch(req.Header.Get("Authorization"))[1], req.Header.Get("X-Amz-Date"))
	}
	length := len(body)
	if u.spoil != nil {
		body = u.spoil(body)
	}
	head := "PUT " + u.target + " HTTP/1.1\r\nHost: " + w.addr + "\r\n"
	for name, values := range req.Header {
		head += name + ": " + values[0] + "\r\n"
	}
	if u.chunked == 0 {
		return head + fmt.Sprintf("Content-Length: %d\r\n\r\n", length) + body
	}
	var out strings.Builder
	out.WriteString(head + "Transfer-Encoding: chunked\r\n\r\n")
	for body != "" {
		piece := body[:min(u.chunked, len(body))]
		fmt.Fprintf(&out, "%x\r\n%s\r\n", len(piece), piece)
		body = body[len(piece):]
	}
	return out.String() + "0\r\n\r\n"
}

// frame writes the data as aws-chunked (Amazon S3 API Reference, "Transferring
// Payload in Multiple Chunks" and "Including Trailing Headers").
func (u *upload) frame(seed, date string) string {
	key := sigv4.SigningKey(u.who.SecretAccessKey, date[:8], "us-east-1", "s3")
	signed := u.hash != sigv4.StreamingUnsignedTrailer
	previous := seed
	sign := func(algorithm, lines string) string {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(algorithm + "\n" + date + "\n" + date[:8] + "/us-east-1/s3/aws4_request\n" + previous + "\n" + lines))
		previous = hex.EncodeToString(mac.Sum(nil))
		return previous
	}
	var out strings.Builder
	chunk := func(data string) {
		fmt.Fprintf(&out, "%x", len(data))
		if signed {
			out.WriteString(";chunk-signature=" + sign("AWS4-HMAC-SHA256-PAYLOAD", sigv4.EmptyPayload+"\n"+hexSHA256([]byte(data))))
		}
		out.WriteString("\r\n" + data)
		if data != "" {
			out.WriteString("\r\n")
		}
	}
	const size = 64 << 10
	rest := u.body
	for ; len(rest) > size; rest = rest[size:] {
		chunk(rest[:size])
	}
	if rest != "" {
		chunk(rest)
	}
	chunk("")
	if u.trailer != "" {
		out.WriteString("x-amz-checksum-crc32:" + u.trailer + "\r\n")
		if signed {
			out.WriteString("x-amz-trailer-signature:" + sign("AWS4-HMAC-SHA256-TRAILER", hexSHA256([]byte("x-amz-checksum-crc32:"+u.trailer+"\n"))) + "\r\n")
		}
	}
	out.WriteString("\r\n")
	return out.String()
}

func crc32Base64(data string) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(data))))
}

func md5Base64(data string) string {
	sum := md5.Sum([]byte(data))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// forms are the ways to send one body.
func forms(body string) map[string]upload {
	crc := crc32Base64(body)
	return map[string]upload{
		"signed payload":   {body: body},
		"unsigned payload": {body: body, hash: sigv4.UnsignedPayload},
		"checksum header":  {body: body, headers: []string{"X-Amz-Checksum-Crc32", crc}},
		"content md5":      {body: body, hash: sigv4.UnsignedPayload, headers: []string{"Content-Md5", md5Base64(body)}},
		"signed chunks":    {body: body, hash: sigv4.StreamingPayload},
		"unsigned trailer": {body: body, hash: sigv4.StreamingUnsignedTrailer, trailer: crc},
		"signed trailer":   {body: body, hash: sigv4.StreamingPayloadTrailer, trailer: crc},
	}
}

var long = strings.Repeat("All work and no play makes Jack a dull boy. ", 5000)

// conversation is a connection that carries several requests.
type conversation struct {
	w *world
	c net.Conn
	r *bufio.Reader
}

func (w *world) dial() *conversation {
	w.t.Helper()
	c, err := net.Dial("tcp", w.addr)
	w.check(err)
	w.t.Cleanup(func() { c.Close() })
	w.check(c.SetDeadline(time.Now().Add(2 * time.Minute)))
	return &conversation{w, c, bufio.NewReader(c)}
}

// exchange sends a request and reads its answer; ok is false once the server
// has closed the connection.
func (v *conversation) exchange(request, method string) (a answer, ok bool) {
	v.w.t.Helper()
	if _, err := io.WriteString(v.c, request); err != nil {
		return a, false
	}
	resp, err := http.ReadResponse(v.r, &http.Request{Method: method})
	if err != nil {
		return a, false
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	v.w.check(err)
	return answer{resp.StatusCode, resp.Header, string(b)}, true
}

// TestUploadForms sends every form in both transfer framings and reads the
// object back on the same connection, twice: anything left unread of an upload
// would be taken for the next request.
func TestUploadForms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("uploads")
	for size, body := range map[string]string{"empty": "", "small": "hello", "long": long} {
		for name, u := range forms(body) {
			for _, chunked := range []int{0, 1, 7, 100, 1000, 65536, 1 << 20} {
				if chunked != 0 && !u.streaming() {
					continue // S3 wants a Content-Length
				}
				u.who, u.target, u.chunked = root, "/uploads/k", chunked
				v := w.dial()
				for range 2 {
					if a, ok := v.exchange(w.request(u), "PUT"); !ok || a.status != 200 {
						t.Fatalf("%s, %s, chunked by %d: put %d %s", name, size, chunked, a.status, a.body)
					}
					a, ok := v.exchange(w.rawRequest(root, "GET", "/uploads/k", ""), "GET")
					if !ok || a.status != 200 || a.body != body {
						t.Fatalf("%s, %s, chunked by %d: get on the same connection: %d, %d bytes", name, size, chunked, a.status, len(a.body))
					}
					if a.header.Get("Content-Encoding") != "" {
						t.Errorf("%s: the framing was kept as content coding %q", name, a.header.Get("Content-Encoding"))
					}
				}
			}
		}
	}
}

// TestRefusedUploads spoils uploads in every way they are protected against:
// none may be stored.
func TestRefusedUploads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("uploads")
	flip := func(wire string) string { return strings.Replace(wire, "dull boy", "dull man", 1) }
	shorten := func(wire string) string { return wire[:len(wire)-7] }
	all := forms(long)
	change := func(form string, edit func(*upload)) upload { u := all[form]; edit(&u); return u }
	wrong := crc32Base64("something else")
	tests := map[string]struct {
		upload upload
		want   string
	}{
		"signed payload changed":     {change("signed payload", func(u *upload) { u.spoil = flip }), "XAmzContentSHA256Mismatch"},
		"checksum header wrong":      {change("checksum header", func(u *upload) { u.headers[1] = wrong }), "BadDigest"},
		"md5 wrong":                  {change("content md5", func(u *upload) { u.spoil = flip }), "BadDigest"},
		"md5 malformed":              {change("content md5", func(u *upload) { u.headers = []string{"Content-Md5", "x"} }), "InvalidDigest"},
		"signed chunk changed":       {change("signed chunks", func(u *upload) { u.spoil = flip }), "SignatureDoesNotMatch"},
		"signed trailer chunk":       {change("signed trailer", func(u *upload) { u.spoil = flip }), "SignatureDoesNotMatch"},
		"signed trailer wrong":       {change("signed trailer", func(u *upload) { u.trailer = wrong }), "BadDigest"},
		"unsigned trailer wrong":     {change("unsigned trailer", func(u *upload) { u.trailer = wrong }), "BadDigest"},
		"unsigned chunk changed":     {change("unsigned trailer", func(u *upload) { u.spoil = flip }), "BadDigest"},
		"broken framing":             {change("unsigned trailer", func(u *upload) { u.spoil = func(s string) string { return "zz" + s[2:] } }), "IncompleteBody"},
		"chunked without a length":   {change("unsigned payload", func(u *upload) { u.chunked = 9999 }), "MissingContentLength"},
		"chunk size rule":            {change("unsigned trailer", func(u *upload) { u.spoil = func(s string) string { return "1\r\nA\r\n" + s } }), ""},
		"short signed payload":       {change("signed payload", func(u *upload) { u.spoil = shorten }), "IncompleteBody"},
		"short unsigned payload":     {change("unsigned payload", func(u *upload) { u.spoil = shorten }), "IncompleteBody"},
		"short signed chunks":        {change("signed chunks", func(u *upload) { u.spoil = shorten }), ""},
		"short unsigned trailer":     {change("unsigned trailer", func(u *upload) { u.spoil = shorten }), ""},
		"unknown hash":               {change("signed payload", func(u *upload) { u.hash = "NONSENSE" }), "InvalidArgument"},
		"elliptic curve chunks":      {change("unsigned payload", func(u *upload) { u.hash = "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD" }), "NotImplemented"},
		"longer than it should be":   {change("signed chunks", func(u *upload) { u.headers = nil; u.spoil = func(s string) string { return s } }), "stored"},
		"server-side encryption":     {change("signed payload", func(u *upload) { u.headers = []string{"X-Amz-Server-Side-Encryption", "AES256"} }), "NotImplemented"},
		"storage class":              {change("signed payload", func(u *upload) { u.headers = []string{"X-Amz-Storage-Class", "GLACIER"} }), "InvalidStorageClass"},
		"shared by ACL":              {change("signed payload", func(u *upload) { u.headers = []string{"X-Amz-Acl", "public-read"} }), "AccessControlListNotSupported"},
		"owner's control by ACL":     {change("signed payload", func(u *upload) { u.headers = []string{"X-Amz-Acl", "bucket-owner-full-control"} }), "stored"},
		"granted by header":          {change("signed payload", func(u *upload) { u.headers = []string{"X-Amz-Grant-Read", `id="x"`} }), "AccessControlListNotSupported"},
		"two checksums":              {change("checksum header", func(u *upload) { u.headers = append(u.headers, "X-Amz-Checksum-Sha1", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=") }), "InvalidRequest"},
		"trailer not announced":      {change("unsigned trailer", func(u *upload) { u.headers = []string{"X-Amz-Sdk-Checksum-Algorithm", "SHA256"} }), "InvalidRequest"},
		"an anonymous signed upload": {change("signed payload", func(u *upload) { u.who = nobody }), "AccessDenied"},
	}
	for name, tt := range tests {
		u := tt.upload
		u.target = "/uploads/" + escapeKey(name)
		if u.who.Kind == 0 && name != "an anonymous signed upload" {
			u.who = root
		}
		request := w.request(u)
		if name == "an anonymous signed upload" {
			request = regexp.MustCompile(`Authorization: [^\r]*\r\n`).ReplaceAllString(request, "")
		}
		a := w.cutOff(request)
		if tt.want == "stored" {
			if a.status != 200 {
				t.Errorf("%s: %d %s", name, a.status, a.body)
			}
			continue
		}
		if a.status < 400 || a.status >= 500 && tt.want != "NotImplemented" || !strings.Contains(a.body, tt.want) {
			t.Errorf("%s: %d %s, want %s", name, a.status, a.body, tt.want)
		}
		if _, failed := w.get(root, "uploads", name); failed != "NoSuchKey" {
			t.Errorf("%s: stored all the same (%s)", name, failed)
		}
	}
}

// cutOff sends a request, then ends the sending side, as a client that dies.
func (w *world) cutOff(request string) answer {
	w.t.Helper()
	v := w.dial()
	go func() {
		_, _ = io.WriteString(v.c, request) // the server may answer and close before all is sent
		_ = v.c.(*net.TCPConn).CloseWrite()
	}()
	resp, err := http.ReadResponse(v.r, &http.Request{Method: "PUT"})
	w.check(err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	w.check(err)
	return answer{resp.StatusCode, resp.Header, string(b)}
}

// TestRefusedUploadsKeepTheConnectionSane: after a refused upload the
// connection is either closed or answers the next request properly. Bytes of
// the refused body are never read as a request.
func TestRefusedUploadsKeepTheConnectionSane(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("sane")
	w.put("sane", "probe", "probe")
	smuggled := "\r\n\r\nDELETE /sane/probe HTTP/1.1\r\nHost: x\r\n\r\n"
	for _, body := range []string{"hello", long, smuggled, long + smuggled} {
		for name, u := range forms(body) {
			for _, chunked := range []int{0, 1, 7, 100, 1000, 65536, 1 << 20} {
				if chunked != 0 && !u.streaming() {
					continue
				}
				for _, who := range []Identity{reader, accessID} { // both are refused before the body is read
					u.who, u.target, u.chunked = who, "/sane/new", chunked
					v := w.dial()
					if a, ok := v.exchange(w.request(u), "PUT"); ok && a.status != 403 {
						t.Errorf("%s, chunked by %d: %d %s", name, chunked, a.status, a.body)
					}
					a, ok := v.exchange(w.rawRequest(root, "GET", "/sane/probe", ""), "GET")
					if ok && (a.status != 200 || a.body != "probe") {
						t.Errorf("%s, chunked by %d: the next request got %d %s", name, chunked, a.status, a.body)
					}
				}
			}
		}
	}
}

func TestLargeDocuments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bucket("documents")
	big := strings.Repeat("x", maxDocumentBytes+1)
	for _, target := range []string{"/documents?cors", "/documents?policy", "/documents?delete"} {
		method := "PUT"
		if strings.HasSuffix(target, "delete") {
			method = "POST"
		}
		if a := w.send(root, method, target, big); a.status != 400 || !strings.Contains(a.body, "MaxMessageLengthExceeded") {
			t.Errorf("%s: %d %.300s", target, a.status, a.body)
		}
	}
	if a := w.send(root, "PUT", "/documents?tagging", "<Tagging/>"); a.status != 400 || !strings.Contains(a.body, "Missing required header for this request: Content-MD5 OR x-amz-checksum-*") {
		t.Errorf("no checksum: %d %s", a.status, a.body)
	}
}
