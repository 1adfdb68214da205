package opsapi

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/warmfront/warmfront/internal/access"
	"github.com/warmfront/warmfront/internal/control"
	"github.com/warmfront/warmfront/internal/sealed"
	"github.com/warmfront/warmfront/internal/state"
)

// keys are the real ones and a read-only READER.
type keys struct{ *access.Keys }

func (k keys) Find(ctx context.Context, id, token string) (*access.Key, error) {
	if id == "READER" && token == "" {
		return &access.Key{ID: id, Secret: "secret-of-READER", Role: state.RoleReadOnly, Maker: id}, nil
	}
	return k.Keys.Find(ctx, id, token)
}

// client speaks to a door on a real control and state.
type client struct {
	t       *testing.T
	base    string
	store   *state.Store
	control *control.Control
	options Options
	begin   time.Time
	shift   atomic.Int64 // since begin on the door's clock, in nanoseconds

	mu    sync.Mutex
	known map[string]aws.Credentials // by access key id; others are secret-of-ID
}

func (c *client) now() time.Time { return c.begin.Add(time.Duration(c.shift.Load())) }

func (c *client) credentials(id string) aws.Credentials {
	c.mu.Lock()
	defer c.mu.Unlock()
	if creds, ok := c.known[id]; ok {
		return creds
	}
	return aws.Credentials{AccessKeyID: id, SecretAccessKey: "secret-of-" + id}
}

// learn keeps the credentials of a key just made and returns its id.
func (c *client) learn(id, secret, token string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known[id] = aws.Credentials{AccessKeyID: id, SecretAccessKey: secret, SessionToken: token}
	return id
}

func newClient(t *testing.T, basePath string) *client {
	t.Helper()
	store, err := state.Open(t.Context(), state.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	ring, err := sealed.NewKeyring(nil, bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, store: store, begin: time.Now(), known: map[string]aws.Credentials{}}
	c.control, err = control.New(t.Context(), store, control.Options{AccountID: "111122223333", DomainSuffix: "cloudfront.localhost", Keys: ring, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	found := access.New(access.Options{
		Root:  func() (string, string) { return "ROOT", "secret-of-ROOT" },
		Store: func() *state.Store { return store }, Ring: ring, Now: c.now,
	})
	c.serve(Options{
		Keys: keys{found}, RootKeyID: func() string { return "ROOT" }, Now: c.now, Real: time.Now,
		BasePath: basePath, Site: testSite, Log: slog.New(slog.DiscardHandler),
	})
	return c
}

// run follows the edges until the test ends.
func (c *client) run() {
	ctx, cancel := context.WithCancel(c.t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.control.Run(ctx)
	}()
	c.t.Cleanup(func() {
		cancel()
		<-ended
	})
}

// serve opens a door with other options.
func (c *client) serve(o Options) {
	server := httptest.NewServer(New(c.control, o))
	c.t.Cleanup(server.Close)
	c.base, c.options = server.URL+o.BasePath, o
}

// do sends a request signed for the key and service, and decodes the answer into out.
func (c *client) do(key, service, method, path, body string, out any) int {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if key != "" {
		sum := sha256.Sum256([]byte(body))
		creds := c.credentials(key)
		if err := v4.NewSigner().SignHTTP(context.Background(), creds, req, hex.EncodeToString(sum[:]), service, "eu-north-1", time.Now()); err != nil {
			c.t.Fatal(err)
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if len(b) > 0 && resp.Header.Get("Content-Type") != "application/json" {
		c.t.Errorf("%s %s answers %q", method, path, b)
	}
	if out != nil {
		if err := json.Unmarshal(b, out); err != nil {
			c.t.Fatalf("%s: %v", b, err)
		}
	}
	return resp.StatusCode
}

func (c *client) want(status int, code, key, service, method, path, body string) {
	c.t.Helper()
	var p problem
	if got := c.do(key, service, method, path, body, &p); got != status || p.Code != code || p.Message == "" {
		c.t.Errorf("%s %s answered %d %+v, want %d %s", method, path, got, p, status, code)
	}
}

func publicKey(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]string{"publicKey": string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestKeyPairs(t *testing.T) {
	t.Parallel()
	c := newClient(t, "")
	var made, got keyPair
	if status := c.do("ROOT", "warmfront", "POST", "/_warmfront/v1/key-pairs", publicKey(t), &made); status != 201 || !made.Active || !strings.HasPrefix(made.ID, "APKA") {
		t.Fatal(status, made)
	}
	one := "/_warmfront/v1/key-pairs/" + made.ID
	if status := c.do("READER", "warmfront", "GET", one, "", &got); status != 200 || got != made {
		t.Fatal(status, got)
	}
	c.do("ROOT", "warmfront", "POST", "/_warmfront/v1/key-pairs", publicKey(t), nil)
	c.want(409, "TooManyKeyPairs", "ROOT", "warmfront", "POST", "/_warmfront/v1/key-pairs", publicKey(t))
	if status := c.do("ROOT", "warmfront", "PATCH", one, `{"active":false}`, &got); status != 200 || got.Active {
		t.Fatal(status, got)
	}
	var list struct{ KeyPairs []keyPair }
	if status := c.do("ROOT", "warmfront", "GET", "/_warmfront/v1/key-pairs", "", &list); status != 200 || len(list.KeyPairs) != 2 {
		t.Fatal(status, list)
	}
	if status := c.do("ROOT", "warmfront", "DELETE", one, "", nil); status != 204 {
		t.Fatal(status)
	}
	c.want(404, "NoSuchKeyPair", "ROOT", "warmfront", "DELETE", one, "")
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	c := newClient(t, "/base")
	const pairs = "/_warmfront/v1/key-pairs"
	c.want(403, "MissingAuthenticationToken", "", "", "GET", pairs, "")
	c.want(403, "SignatureDoesNotMatch", "ROOT", "s3", "GET", pairs, "")
	c.want(403, "InvalidClientTokenId", "NOBODY", "warmfront", "GET", pairs, "")
	c.want(403, "AccessDenied", "READER", "warmfront", "POST", pairs, publicKey(t))
	for _, body := range []string{"", "[]", `{"publicKey":"x"}`, `{"publicKey":"x","more":1}`, publicKey(t) + "{}"} {
		c.want(400, "InvalidArgument", "ROOT", "warmfront", "POST", pairs, body)
	}
	c.want(400, "InvalidArgument", "ROOT", "warmfront", "PATCH", pairs+"/x", "{}")
	c.want(413, "RequestEntityTooLarge", "ROOT", "warmfront", "POST", pairs, strings.Repeat(" ", maxBodyBytes+1))
	for _, path := range []string{"/_warmfront/v1/", "/_warmfront/v1/nope", "/_warmfront/v2/key-pairs", pairs + "/", pairs + "/a/b", "/_warmfront/v1/receipts/distribution"} {
		c.want(404, "UnknownOperationException", "ROOT", "warmfront", "GET", path, "")
	}
	c.want(404, "UnknownOperationException", "ROOT", "warmfront", "PUT", pairs, "")
	c.want(400, "InvalidArgument", "ROOT", "warmfront", "GET", "/_warmfront/v1/receipts/nonsense/x", "")
}

func TestReceiptsAndEdges(t *testing.T) {
	t.Parallel()
	c := newClient(t, "")
	h, err := c.store.KeepEdge(t.Context(), state.Edge{ID: "e1", Address: "127.0.0.1:1", POP: "LCL50-C1", Version: "test", Applied: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	var list struct{ Edges []edge }
	if status := c.do("READER", "warmfront", "GET", "/_warmfront/v1/edges", "", &list); status != 200 || len(list.Edges) != 1 || list.Edges[0].Applied != 3 {
		t.Fatal(status, list)
	}
	var made keyPair
	c.do("ROOT", "warmfront", "POST", "/_warmfront/v1/key-pairs", publicKey(t), &made)
	var receipts struct{ Receipts []receipt }
	if status := c.do("ROOT", "warmfront", "GET", "/_warmfront/v1/receipts/key-pair/"+made.ID, "", &receipts); status != 200 || len(receipts.Receipts) != 1 {
		t.Fatal(status, receipts)
	}
	if r := receipts.Receipts[0]; r.Revision != made.Revision || r.Action != state.Created || r.Completed != nil || r.Edges == nil || r.Absent == nil {
		t.Fatalf("receipt %+v", r)
	}
	if status := c.do("ROOT", "warmfront", "GET", "/_warmfront/v1/receipts/invalidation/E1/I1", "", &receipts); status != 200 || len(receipts.Receipts) != 0 {
		t.Fatal(status, receipts)
	}
}

func FuzzFind(f *testing.F) {
	f.Add("GET", "/_warmfront/v1/key-pairs/APKA1")
	f.Add("GET", "/_warmfront/v1/receipts/a%2fb/%zz")
	f.Fuzz(func(t *testing.T, method, path string) {
		route, args, ok := find(method, path)
		if ok != (route != nil) || len(args) > 3 {
			t.Errorf("find(%q, %q) = %v %v", method, path, args, ok)
		}
	})
}
