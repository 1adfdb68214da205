package certs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

var t0 = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, dir string, now *time.Time) *Authority {
	t.Helper()
	a, err := Open(Options{
		Dir:    dir,
		Suffix: "cloudfront.localhost",
		Allow:  func(name string) bool { return name == "cdn.example.com" },
		Now:    func() time.Time { return *now },
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestNames(t *testing.T) {
	t.Parallel()
	now := t0
	a := open(t, t.TempDir(), &now)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(a.RootPEM())
	for _, tc := range []struct {
		sni, local string
		verify     []string // names the certificate must be good for; none: refused
	}{
		{sni: "d111111abcdef8.cloudfront.localhost", verify: []string{"d111111abcdef8.cloudfront.localhost", "dother.cloudfront.localhost"}},
		{sni: "D111111ABCDEF8.CloudFront.Localhost", verify: []string{"d111111abcdef8.cloudfront.localhost"}},
		{sni: "a.b.cloudfront.localhost"},
		{sni: ".cloudfront.localhost"},
		{sni: "cloudfront.localhost", verify: []string{"cloudfront.localhost"}},
		{sni: "localhost", verify: []string{"localhost"}},
		{sni: "cdn.example.com", verify: []string{"cdn.example.com"}},
		{sni: "evil.example.com"},
		{sni: "xcloudfront.localhost"},
		{local: "127.0.0.1:8443", verify: []string{"127.0.0.1", "::1", "localhost"}},
		{sni: "127.0.0.1", local: "127.0.0.1:8443", verify: []string{"127.0.0.1"}},
		{sni: "192.0.2.9", local: "0.0.0.0:8443"},
		{local: "127.0.0.7:8443", verify: []string{"127.0.0.7", "127.0.0.1"}},
		{local: "[::ffff:192.0.2.1]:8443", verify: []string{"192.0.2.1"}},
		{local: "0.0.0.0:8443"},
		{local: "[::]:8443"},
		{local: "[2001:db8::1]:443", verify: []string{"2001:db8::1"}},
	} {
		hello := &tls.ClientHelloInfo{ServerName: tc.sni}
		if tc.local != "" {
			addr, err := net.ResolveTCPAddr("tcp", tc.local)
			if err != nil {
				t.Fatal(err)
			}
			hello.Conn = addrConn{local: addr}
		}
		c, err := a.GetCertificate(hello)
		if tc.verify == nil {
			var refused *NameError
			if !errors.As(err, &refused) {
				t.Errorf("%q: got %v, want a NameError", tc.sni, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q %q: %v", tc.sni, tc.local, err)
			continue
		}
		for _, name := range tc.verify {
			if _, err := c.Leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: pool, CurrentTime: now}); err != nil {
				t.Errorf("%q %q: certificate is not good for %s: %v", tc.sni, tc.local, name, err)
			}
		}
	}
}

func TestRenewal(t *testing.T) {
	t.Parallel()
	now := t0
	a := open(t, t.TempDir(), &now)
	hello := &tls.ClientHelloInfo{ServerName: "localhost"}
	first, _ := a.GetCertificate(hello)
	now = t0.Add(leafLife - leafRenew - time.Minute)
	if c, _ := a.GetCertificate(hello); c != first {
		t.Error("issued again while well within its life")
	}
	now = t0.Add(leafLife - leafRenew + time.Minute)
	if c, _ := a.GetCertificate(hello); c == first || !c.Leaf.NotAfter.After(first.Leaf.NotAfter) {
		t.Error("not renewed when a third of its life was left")
	}
}

func TestRootOnDisk(t *testing.T) {
	t.Parallel()
	now := t0
	dir := filepath.Join(t.TempDir(), "tls")
	a := open(t, dir, &now)
	if b := open(t, dir, &now); string(b.RootPEM()) != string(a.RootPEM()) {
		t.Error("a second start made another root")
	}
	if st, err := os.Stat(filepath.Join(dir, "root-key.pem")); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v %v, want mode 0600", st.Mode(), err)
	}
	on, err := os.ReadFile(a.RootFile())
	if err != nil || string(on) != string(a.RootPEM()) {
		t.Errorf("root.pem differs from RootPEM: %v", err)
	}
	if c := a.root.cert; !c.IsCA || c.MaxPathLen != 0 || !c.MaxPathLenZero || c.NotAfter.Sub(t0) != rootLife {
		t.Errorf("root constraints: CA %v, path length %d, until %v", c.IsCA, c.MaxPathLen, c.NotAfter)
	}

	for name, breakIt := range map[string]func(){
		"expired":     func() { now = t0.Add(rootLife + time.Hour) },
		"damaged":     func() { now = t0; os.WriteFile(a.RootFile(), []byte("junk"), 0o644) },
		"key missing": func() { os.WriteFile(a.RootFile(), a.RootPEM(), 0o644); os.Remove(filepath.Join(dir, "root-key.pem")) },
	} {
		breakIt()
		if _, err := Open(Options{Dir: dir, Now: func() time.Time { return now }}); err == nil {
			t.Errorf("%s root opened without an error", name)
		}
		now = t0
		os.WriteFile(a.RootFile(), a.RootPEM(), 0o644)
	}
}

func TestHandshake(t *testing.T) {
	t.Parallel()
	a, err := Open(Options{Dir: t.TempDir(), Suffix: "cloudfront.localhost"})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{GetCertificate: a.GetCertificate})
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") })}
	go srv.Serve(ln)
	defer srv.Close()

	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(a.RootPEM())
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	defer tr.CloseIdleConnections()
	resp, err := (&http.Client{Transport: tr}).Get("https://" + ln.Addr().String() + "/")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()

	curl, err := exec.LookPath("curl")
	if err != nil {
		return // the Go client above has shown the same
	}
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	out, err := exec.Command(curl, "-sS", "--cacert", a.RootFile(), "--resolve", "d1.cloudfront.localhost:"+port+":127.0.0.1",
		"https://d1.cloudfront.localhost:"+port+"/").CombinedOutput()
	if err != nil || string(out) != "ok" {
		t.Errorf("curl: %v: %s", err, out)
	}
}

// addrConn is a connection that only knows its local address.
type addrConn struct {
	net.Conn
	local net.Addr
}

func (c addrConn) LocalAddr() net.Addr { return c.local }
