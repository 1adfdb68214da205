package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/warmfront/warmfront/test/load"
)

// object is one thing to ask for: /KIND/SIZE/NUMBER.
type object struct {
	path string
	size int64
}

func newObject(kind string, size int64, number int) object {
	return object{path: fmt.Sprintf("/%s/%d/%d", kind, size, number), size: size}
}

// origin serves every object, and says that it may be kept for a day.
func origin() (*load.Origin, error) {
	return load.NewOrigin(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parts := strings.Split(r.URL.Path, "/")
		if len(parts) != 4 {
			http.NotFound(w, r)
			return
		}
		size, err := strconv.ParseInt(parts[2], 10, 64)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Cache-Control", "max-age=86400")
		w.Header().Set("Content-Length", parts[2])
		w.Header().Set("ETag", `"`+parts[2]+`"`)
		io.Copy(w, load.Content(size).Reader())
	}))
}

// viewer fetches over HTTP/1.1, and any certificate will do.
var viewer = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}

func ask(ctx context.Context, t load.Target) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, "GET", t.URL(), nil)
	if err != nil {
		return nil, err
	}
	req.Host = t.Host
	req.Header.Set("Accept-Encoding", "identity")
	return viewer.Do(req)
}

// fetch proves that t answers with an object of so many bytes, each of them right.
func fetch(ctx context.Context, t load.Target, size int64) error {
	resp, err := ask(ctx, t)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s for %s", resp.Status, t.Path)
	}
	return (&load.Check{Content: load.Content(size)}).All(resp.Body)
}

// writeCertificate makes an ECDSA P-256 certificate, as Warmfront's own are.
func writeCertificate(dir string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "bench"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(dir, "cert.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}), 0o644),
		os.WriteFile(filepath.Join(dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private}), 0o600))
}
