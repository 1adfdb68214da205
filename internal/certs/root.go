package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// root is the signing half of an Authority; immutable.
type root struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

func rootFile(dir string) string { return filepath.Join(dir, "root.pem") }
func keyFile(dir string) string  { return filepath.Join(dir, "root-key.pem") }

func openRoot(dir string, now time.Time) (*root, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the TLS directory: %w", err)
	}
	certPEM, err := os.ReadFile(rootFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return createRoot(dir, now)
	}
	if err != nil {
		return nil, fmt.Errorf("read the local CA: %w", err)
	}
	keyPEM, err := os.ReadFile(keyFile(dir))
	if err != nil {
		return nil, fmt.Errorf("read the local CA's key: %w", err)
	}
	return parseRoot(dir, certPEM, keyPEM, now)
}

func parseRoot(dir string, certPEM, keyPEM []byte, now time.Time) (*root, error) {
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, fmt.Errorf("the local CA in %s is damaged: %w", dir, err)
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok || !pair.Leaf.IsCA {
		return nil, fmt.Errorf("the local CA in %s is damaged: not an ECDSA certificate authority", dir)
	}
	if now.After(pair.Leaf.NotAfter) {
		return nil, fmt.Errorf("the local CA in %s expired on %s: remove %s and %s to have a new one made",
			dir, pair.Leaf.NotAfter.Format(time.DateOnly), rootFile(dir), keyFile(dir))
	}
	return &root{cert: pair.Leaf, key: key, pem: certPEM}, nil
}

// createRoot writes the key before the certificate: a crash in between leaves no
// certificate, and the next start begins anew.
func createRoot(dir string, now time.Time) (*root, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	id, err := keyID(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		// The id in the name keeps the roots of several data directories apart in trust stores.
		Subject:               pkix.Name{Organization: []string{"Warmfront"}, CommonName: "Warmfront local CA " + hex.EncodeToString(id[:4])},
		NotBefore:             now.Add(-backdating),
		NotAfter:              now.Add(rootLife),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		SubjectKeyId:          id,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	if err := writeFile(keyFile(dir), keyPEM, 0o600); err != nil {
		return nil, fmt.Errorf("write the local CA's key: %w", err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := writeFile(rootFile(dir), certPEM, 0o644); err != nil {
		return nil, fmt.Errorf("write the local CA: %w", err)
	}
	return parseRoot(dir, certPEM, keyPEM, now)
}

// issue makes a server certificate for s with a key of its own.
func (r *root) issue(s subject, now time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	notAfter := now.Add(leafLife)
	if notAfter.After(r.cert.NotAfter) {
		notAfter = r.cert.NotAfter
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{Organization: []string{"Warmfront"}},
		NotBefore:             now.Add(-backdating),
		NotAfter:              notAfter,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		DNSNames:              s.dns,
	}
	for _, ip := range s.ips {
		template.IPAddresses = append(template.IPAddresses, net.IP(ip.AsSlice()))
	}
	der, err := x509.CreateCertificate(rand.Reader, template, r.cert, &key.PublicKey, r.key)
	if err != nil {
		return nil, fmt.Errorf("issue a certificate for %s: %w", s.key, err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, nil
}

func newSerial() (*big.Int, error) {
	return rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
}

// keyID is the subject key identifier (RFC 7093, section 2, method 1).
func keyID(pub *ecdsa.PublicKey) ([]byte, error) {
	raw, err := pub.Bytes()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(raw)
	return sum[:20], nil
}

// writeFile writes aside, syncs and renames, so that a crash leaves the old file or the new.
func writeFile(path string, data []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
