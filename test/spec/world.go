// Package spec runs the scripts in its folders, which read like the specification: each over
// HTTP/1.1, HTTP/2 and HTTP/3 against a real node with scripted origins and a movable clock.
// commands.go says what a script may do.
package spec

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/warmfront/warmfront/internal/nodetest"
)

// world is everything one script acts on.
type world struct {
	t        *tb
	node     *nodetest.Node
	clock    *nodetest.Clock
	protocol nodetest.Protocol
	origins  map[string]*nodetest.Origin

	domain, distribution, etag string
	keys                       map[string]crypto.Signer // by public key or key pair id
	resp                       *http.Response           // last answer
	body                       []byte
}

type worldKey struct{}

// tb lets nodetest's helpers fail and clean up with a script.
type tb struct {
	testing.TB
	env *testscript.Env
}

func (t *tb) Cleanup(f func()) { t.env.Defer(f) }

// testClockFile in a script's archive has its node let clients move the clock.
const testClockFile = "test-clock"

func setup(t *testing.T, env *testscript.Env, protocol nodetest.Protocol) error {
	w := &world{
		t: &tb{TB: t, env: env}, clock: nodetest.NewClock(), protocol: protocol,
		origins: map[string]*nodetest.Origin{}, keys: map[string]crypto.Signer{},
	}
	_, err := os.Stat(filepath.Join(env.WorkDir, testClockFile))
	w.node = nodetest.Start(w.t, nodetest.Options{Now: w.clock.Now, TestClock: err == nil})
	env.Values[worldKey{}] = w
	return nil
}

func of(ts *testscript.TestScript) *world { return ts.Value(worldKey{}).(*world) }

// api sends a signed request to the management API and returns the answer's body; anything
// but success ends the script.
func (w *world) api(ts *testscript.TestScript, method, path, ifMatch string, body []byte) (http.Header, []byte) {
	status, header, answer := w.apiAny(ts, "cloudfront", method, "/2020-05-31"+path, ifMatch, body)
	if status >= 300 {
		ts.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
	return header, answer
}

func (w *world) apiAny(ts *testscript.TestScript, service, method, path, ifMatch string, body []byte) (int, http.Header, []byte) {
	req, err := http.NewRequest(method, w.node.API+path, bytes.NewReader(body))
	ts.Check(err)
	if ifMatch != "" {
		req.Header.Set("If-Match", ifMatch)
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	if service == "s3" {
		req.Header.Set("X-Amz-Content-Sha256", hash)
		if len(body) > 0 { // as SDKs do; some operations demand it
			req.Header.Set("X-Amz-Checksum-Sha256", base64.StdEncoding.EncodeToString(sum[:]))
		}
	}
	creds := aws.Credentials{AccessKeyID: w.node.Root.AccessKeyID, SecretAccessKey: w.node.Root.SecretAccessKey}
	ts.Check(v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" }).
		SignHTTP(context.Background(), creds, req, hash, service, "us-east-1", w.clock.Now()))
	resp, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	ts.Check(err)
	return resp.StatusCode, resp.Header, answer
}

// testKey is one RSA key for all scripts: making one takes longer than most scripts.
var testKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func publicPEM(key *rsa.PrivateKey) (string, error) {
	spki, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})), err
}

// parseOffset reads +61s, -1h, or an absolute number of Unix seconds, relative to the clock.
func (w *world) parseOffset(s string) (time.Time, error) {
	if d, err := time.ParseDuration(s); err == nil {
		return w.clock.Now().Add(d), nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is neither a duration nor Unix seconds", s)
	}
	return time.Unix(n, 0), nil
}
