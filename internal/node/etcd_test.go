package node_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"

	"github.com/warmfront/warmfront/internal/config"
	"github.com/warmfront/warmfront/internal/nodetest"
)

// certificate writes one that is its own authority, for either end, and returns its files.
func certificate(t *testing.T, dir string) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "EC PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

// TestEtcdThatAuthenticates: the etcd takes known certificates only, and our user may use nothing
// but the keys below our prefix.
func TestEtcdThatAuthenticates(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "wf") // short: socket paths are limited
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	cert, key := certificate(t, dir)
	etcd := startEtcd(t, filepath.Join(dir, "d"), filepath.Join(dir, "etcd:1"), func(cfg *embed.Config) {
		cfg.ListenClientUrls = []url.URL{{Scheme: "https", Host: "127.0.0.1:0"}}
		cfg.AdvertiseClientUrls = cfg.ListenClientUrls
		cfg.BcryptCost = 4 // the least: the race detector makes passwords slow
		info := &cfg.ClientTLSInfo
		info.CertFile, info.KeyFile, info.TrustedCAFile, info.ClientCertAuth = cert, key, cert, true
	})
	t.Cleanup(etcd.Close)
	endpoint := "https://" + etcd.Clients[0].Addr().String()
	restrict(t, endpoint, cert, key)
	password := filepath.Join(dir, "password")
	if err := os.WriteFile(password, []byte("word\n"), 0o600); err != nil {
		t.Fatal(err)
	}

	n := nodetest.Start(t, nodetest.Options{Dir: t.TempDir(), Settings: func(c *config.Config) {
		c.EtcdEndpoints, c.EtcdCA, c.EtcdCert, c.EtcdKey = config.List{endpoint}, cert, cert, key
		c.EtcdUser, c.EtcdPassword = "warmfront", password
	}})
	origin := nodetest.NewOrigin(t)
	origin.Reply("", []byte("HTTP/1.1 200 OK\nCache-Control: no-store\n\nhello"))
	expectBody(t, n, distribution(t, n, origin.Port), "hello")
	out, err := client(n).ListDistributions(t.Context(), &cloudfront.ListDistributionsInput{})
	if err != nil || *out.DistributionList.Items[0].Status != "Deployed" {
		t.Errorf("%+v, %v", out, err)
	}
	resp, err := http.Get(n.API + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("/readyz answers %d", resp.StatusCode)
	}
}

// restrict gives an etcd a root user, a user "warmfront" for what begins with "warmfront/", and
// turns its authentication on.
func restrict(t *testing.T, endpoint, cert, key string) {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	authority, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	admin, err := clientv3.New(clientv3.Config{Endpoints: []string{endpoint}, TLS: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}}})
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	ctx := t.Context()
	prefix := "warmfront/"
	for _, step := range []func() error{
		func() error { _, err := admin.UserAdd(ctx, "root", "secret"); return err },
		func() error { _, err := admin.UserGrantRole(ctx, "root", "root"); return err },
		func() error { _, err := admin.RoleAdd(ctx, "edges"); return err },
		func() error {
			_, err := admin.RoleGrantPermission(ctx, "edges", prefix, clientv3.GetPrefixRangeEnd(prefix), clientv3.PermissionType(clientv3.PermReadWrite))
			return err
		},
		func() error { _, err := admin.UserAdd(ctx, "warmfront", "word"); return err },
		func() error { _, err := admin.UserGrantRole(ctx, "warmfront", "edges"); return err },
		func() error { _, err := admin.AuthEnable(ctx); return err },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
}
