// Package redteam attacks a running server the way a hostile viewer or client would: with raw
// sockets, odd spellings and forged fields. Each test is a defect that must not come (back).
package redteam

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/warmfront/warmfront/internal/nodetest"
	"github.com/warmfront/warmfront/signedurl"
)

// world is a node under attack, with one key group.
type world struct {
	t     *testing.T
	node  *nodetest.Node
	clock *nodetest.Clock
	key   string // public key id
	group string
	seq   int
}

var testKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: nodetest.NewClock()}
	w.node = nodetest.Start(t, nodetest.Options{Now: w.clock.Now})
	spki, err := x509.MarshalPKIXPublicKey(&testKey().PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	public := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}))
	w.key = w.create("/public-key", "<PublicKeyConfig><CallerReference>k</CallerReference><Name>k</Name><EncodedKey>"+html.EscapeString(public)+"</EncodedKey></PublicKeyConfig>")
	w.group = w.create("/key-group", "<KeyGroupConfig><Name>g</Name><Items><PublicKey>"+w.key+"</PublicKey></Items></KeyGroupConfig>")
	return w
}

// call sends a signed request to the API address.
func (w *world) call(service, method, target string, body []byte, header ...string) (*http.Response, string) {
	w.t.Helper()
	req, err := http.NewRequest(method, w.node.API+target, bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	if service == "s3" {
		req.Header.Set("X-Amz-Content-Sha256", hash)
	}
	creds := aws.Credentials{AccessKeyID: w.node.Root.AccessKeyID, SecretAccessKey: w.node.Root.SecretAccessKey}
	err = v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" }).
		SignHTTP(context.Background(), creds, req, hash, service, "us-east-1", w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp, string(answer)
}

// create makes a resource of the management API and returns its id.
func (w *world) create(path, doc string) string {
	w.t.Helper()
	resp, answer := w.call("cloudfront", "POST", "/2020-05-31"+path, []byte(doc))
	if resp.StatusCode >= 300 {
		w.t.Fatalf("POST %s: %d %s", path, resp.StatusCode, answer)
	}
	return element(answer, "Id")
}

// s3 sends a request that must succeed to the store.
func (w *world) s3(method, target, body string, header ...string) {
	w.t.Helper()
	if resp, answer := w.call("s3", method, target, []byte(body), header...); resp.StatusCode >= 300 {
		w.t.Fatalf("%s %s: %d %s", method, target, resp.StatusCode, answer)
	}
}

// element is the text of the first element with a local name.
func element(doc, name string) string {
	dec := xml.NewDecoder(strings.NewReader(doc))
	for {
		token, err := dec.Token()
		if err != nil {
			return ""
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == name {
			var text string
			if dec.DecodeElement(&text, &start) != nil {
				return ""
			}
			return text
		}
	}
}

const (
	optimized  = "<CachePolicyId>658327ea-f89d-4fab-a63d-7e88639e58f6</CachePolicyId>" // CachingOptimized
	disabled   = "<CachePolicyId>4135ea2d-6df8-44a3-9df3-4b5a84be39ad</CachePolicyId>" // CachingDisabled
	allViewer  = "<OriginRequestPolicyId>216adef6-5c7f-47e4-b989-5492eafa07d3</OriginRequestPolicyId>"
	legacy     = "<ForwardedValues><QueryString>true</QueryString><Cookies><Forward>none</Forward></Cookies></ForwardedValues><MinTTL>0</MinTTL>"
	allMethods = "<AllowedMethods><Quantity>7</Quantity><Items><Method>GET</Method><Method>HEAD</Method><Method>OPTIONS</Method><Method>PUT</Method><Method>POST</Method><Method>PATCH</Method><Method>DELETE</Method></Items></AllowedMethods>"
)

// restricted makes a behavior want a signature of the key group.
func (w *world) restricted() string {
	return "<TrustedKeyGroups><Enabled>true</Enabled><Quantity>1</Quantity><Items><KeyGroup>" + w.group + "</KeyGroup></Items></TrustedKeyGroups>"
}

// site is one distribution.
type site struct {
	*world
	id, domain, arn string
}

// behavior is a cache behavior without its path pattern.
func behavior(origin, parts string) string {
	return "<TargetOriginId>" + origin + "</TargetOriginId><ViewerProtocolPolicy>allow-all</ViewerProtocolPolicy>" + parts
}

func customOrigin(id string, port int) string {
	return "<Origin><Id>" + id + "</Id><DomainName>localhost</DomainName><CustomOriginConfig><HTTPPort>" + strconv.Itoa(port) +
		"</HTTPPort><HTTPSPort>443</HTTPSPort><OriginProtocolPolicy>http-only</OriginProtocolPolicy></CustomOriginConfig></Origin>"
}

// distribution makes one with the given origins and default behavior; more is put behind it,
// behaviors are pairs of pattern and behavior.
func (w *world) distribution(origins []string, def, more string, behaviors ...string) *site {
	w.t.Helper()
	w.seq++
	var b strings.Builder
	fmt.Fprintf(&b, "<DistributionConfig><CallerReference>d%d</CallerReference><Comment/><Enabled>true</Enabled><HttpVersion>http2and3</HttpVersion>", w.seq)
	fmt.Fprintf(&b, "<Origins><Quantity>%d</Quantity><Items>%s</Items></Origins><DefaultCacheBehavior>%s</DefaultCacheBehavior>", len(origins), strings.Join(origins, ""), def)
	if n := len(behaviors) / 2; n > 0 {
		fmt.Fprintf(&b, "<CacheBehaviors><Quantity>%d</Quantity><Items>", n)
		for i := 0; i < len(behaviors); i += 2 {
			fmt.Fprintf(&b, "<CacheBehavior><PathPattern>%s</PathPattern>%s</CacheBehavior>", behaviors[i], behaviors[i+1])
		}
		b.WriteString("</Items></CacheBehaviors>")
	}
	b.WriteString(more + "</DistributionConfig>")
	resp, answer := w.call("cloudfront", "POST", "/2020-05-31/distribution", []byte(b.String()))
	if resp.StatusCode >= 300 {
		w.t.Fatalf("distribution: %d %s\n%s", resp.StatusCode, answer, b.String())
	}
	s := &site{world: w, id: element(answer, "Id"), domain: element(answer, "DomainName"), arn: element(answer, "ARN")}
	for range 40 {
		if _, answer = w.call("cloudfront", "GET", "/2020-05-31/distribution/"+s.id, nil); element(answer, "Status") == "Deployed" {
			return s
		}
	}
	w.t.Fatalf("distribution %s is not deployed: %s", s.id, answer)
	return nil
}

// host is the Host field of TLS viewers.
func (s *site) host() string { return s.domain + ":" + strconv.Itoa(s.node.HTTPSPort) }

// sign returns the signed target for a path.
func (s *site) sign(target string, p signedurl.Policy) string {
	s.t.Helper()
	if p.Expires.IsZero() {
		p.Expires = s.clock.Now().Add(time.Hour)
	}
	base := "https://" + s.host()
	signed, err := (&signedurl.Signer{KeyID: s.key, PrivateKey: testKey()}).SignURL(base+target, p)
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.TrimPrefix(signed, base)
}

// conn is a raw TLS connection that speaks HTTP/1.1.
type conn struct {
	net.Conn
	br *bufio.Reader
}

func (s *site) dial() *conn {
	s.t.Helper()
	c, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.node.HTTPSPort), &tls.Config{ServerName: s.domain, InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(time.Minute))
	return &conn{c, bufio.NewReader(c)}
}

// answer is a response read to its end.
type answer struct {
	status int
	header http.Header
	body   string
}

// read reads one response; err is set when the connection ended instead.
func (c *conn) read(method string) (answer, error) {
	resp, err := http.ReadResponse(c.br, &http.Request{Method: method})
	if err != nil {
		return answer{}, err
	}
	body, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(body)}, err
}

// raw sends bytes on a connection of their own and reads one response. A closed connection is
// status 0.
func (s *site) raw(request string) answer {
	s.t.Helper()
	c := s.dial()
	defer c.Close()
	io.WriteString(c, request)
	method, _, _ := strings.Cut(request, " ")
	a, err := c.read(method)
	if err != nil && a.status == 0 {
		return answer{}
	}
	return a
}

// get asks for a target byte for byte; lines are further field lines.
func (s *site) get(target string, lines ...string) answer {
	s.t.Helper()
	return s.do("GET", target, lines...)
}

func (s *site) do(method, target string, lines ...string) answer {
	s.t.Helper()
	head := method + " " + target + " HTTP/1.1\r\nHost: " + s.host() + "\r\nConnection: close\r\n"
	for _, l := range lines {
		head += l + "\r\n"
	}
	return s.raw(head + "\r\n")
}

// origin runs an HTTP server as custom origin and returns its port.
func (w *world) origin(h http.HandlerFunc) int {
	srv := httptest.NewServer(h)
	w.t.Cleanup(srv.Close)
	return srv.Listener.Addr().(*net.TCPAddr).Port
}
