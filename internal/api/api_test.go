package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/warmfront/warmfront/internal/access"
	"github.com/warmfront/warmfront/internal/state"
)

var update = flag.Bool("update", false, "rewrite the golden answers")

// keys knows a root key, a read-only one and a temporary one.
type keys struct{}

func (keys) Find(_ context.Context, id, token string) (*access.Key, error) {
	k := &access.Key{ID: id, Secret: "secret", Role: state.RoleFull, Maker: id}
	switch {
	case id == "AKIADOWN":
		return nil, state.ErrUnavailable
	case id == "AKIAROOT" && token != "":
		return nil, access.ErrToken
	case id == "ASIATEMP" && token == "old":
		return nil, access.ErrExpired
	case id == "ASIATEMP" && token != "token":
		return nil, access.ErrToken
	case id == "AKIAROOT", id == "ASIATEMP":
		return k, nil
	case id == "AKIAREADER":
		k.Role = state.RoleReadOnly
		return k, nil
	}
	return nil, access.ErrUnknown
}

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func testDoor(log io.Writer, control Control) http.Handler {
	return New(control, Options{
		Keys: keys{}, Now: func() time.Time { return now },
		Log: slog.New(slog.NewTextHandler(log, nil)), MaxBodyBytes: 4096,
	})
}

// signed builds a request signed by the AWS SDK's own signer.
func signed(t testing.TB, key, method, target, body string, header map[string]string) *http.Request {
	t.Helper()
	r := httptest.NewRequest(method, "http://127.0.0.1:4480"+target, strings.NewReader(body))
	for k, v := range header {
		r.Header.Set(k, v)
	}
	sum := sha256.Sum256([]byte(body))
	creds := aws.Credentials{AccessKeyID: key, SecretAccessKey: "secret"}
	if err := v4.NewSigner().SignHTTP(context.Background(), creds, r, hex.EncodeToString(sum[:]), "cloudfront", "us-east-1", now); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestGolden sends each request of testdata and compares the answer. A request is a line
// "METHOD /target", header lines, an empty line and the body.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			door := testDoor(io.Discard, &fake{})
			for i, f := range archive.Files {
				name, ok := strings.CutSuffix(f.Name, ".request")
				if !ok {
					continue
				}
				got := exchange(t, door, string(f.Data))
				if answer := archive.Files[i+1]; *update {
					archive.Files[i+1] = txtar.File{Name: name + ".answer", Data: []byte(got)}
				} else if answer.Name != name+".answer" || got != string(answer.Data) {
					t.Errorf("%s: got\n%s\nwant\n%s", name, got, answer.Data)
				}
			}
			if *update {
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

var (
	lineBreak   = regexp.MustCompile(`(</[^>]+>)`)
	nestedStart = regexp.MustCompile(`(<[^/?][^>]*>)(<[^/])`)
	anyUUID     = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)
)

func exchange(t *testing.T, door http.Handler, request string) string {
	t.Helper()
	head, body, _ := strings.Cut(request, "\n\n")
	lines := strings.Split(strings.TrimSpace(head), "\n")
	method, target, _ := strings.Cut(lines[0], " ")
	header := map[string]string{}
	for _, l := range lines[1:] {
		k, v, _ := strings.Cut(l, ": ")
		header[k] = v
	}
	w := httptest.NewRecorder()
	door.ServeHTTP(w, signed(t, "AKIAROOT", method, target, strings.TrimSuffix(body, "\n"), header))
	var out strings.Builder
	out.WriteString(http.StatusText(w.Code) + "\n")
	for _, k := range []string{"Content-Type", "Etag", "Location"} {
		if v := w.Header().Get(k); v != "" {
			out.WriteString(k + ": " + v + "\n")
		}
	}
	id := w.Header().Get("X-Amzn-Requestid")
	if !anyUUID.MatchString(id) {
		t.Errorf("request id %q", id)
	}
	text := lineBreak.ReplaceAllString(strings.ReplaceAll(w.Body.String(), id, "REQUEST-ID"), "$1\n")
	text = nestedStart.ReplaceAllString(nestedStart.ReplaceAllString(text, "$1\n$2"), "$1\n$2")
	return out.String() + "\n" + text
}

// ask sends a request and gives the status and the error code of the answer.
func ask(t testing.TB, door http.Handler, r *http.Request) (int, string, string) {
	t.Helper()
	w := httptest.NewRecorder()
	door.ServeHTTP(w, r)
	var e errorResponse
	if w.Code >= 400 {
		if err := xml.Unmarshal(w.Body.Bytes(), &e); err != nil || e.RequestID != w.Header().Get("X-Amzn-Requestid") {
			t.Errorf("%s: not an error document: %v\n%s", r.URL, err, w.Body)
		}
	}
	return w.Code, e.Error.Code, e.Error.Message
}

func TestUntypedErrorsStayInTheLog(t *testing.T) {
	var log bytes.Buffer
	door := testDoor(&log, &fake{})
	status, code, message := ask(t, door, signed(t, "AKIAROOT", "GET", "/2020-05-31/distribution/broken", "", nil))
	if status != 500 || code != "InternalError" || strings.Contains(message, "disk") {
		t.Errorf("got %d %s %s", status, code, message)
	}
	if !strings.Contains(log.String(), "the disk is gone") || !strings.Contains(log.String(), "operation=GetDistribution") {
		t.Errorf("log: %s", log.String())
	}
}
