package node

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"

	"github.com/warmfront/warmfront/internal/state"
)

// authenticate adds to o how this node and an existing etcd know each other. The files are read
// anew for each attempt to connect, so that replaced ones count.
func (n *Node) authenticate(o *state.Options) error {
	c := &n.config
	if c.EtcdUser != "" {
		password, err := os.ReadFile(c.EtcdPassword)
		if err != nil {
			return fmt.Errorf("--etcd-password-file: %w", err)
		}
		o.Username, o.Password = c.EtcdUser, strings.TrimRight(string(password), "\r\n")
	}
	if c.EtcdCA == "" && c.EtcdCert == "" {
		return nil
	}
	o.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	if c.EtcdCA != "" {
		pem, err := os.ReadFile(c.EtcdCA)
		if err != nil {
			return fmt.Errorf("--etcd-ca: %w", err)
		}
		o.TLS.RootCAs = x509.NewCertPool()
		if !o.TLS.RootCAs.AppendCertsFromPEM(pem) {
			return fmt.Errorf("--etcd-ca: %s holds no PEM certificate", c.EtcdCA)
		}
	}
	if c.EtcdCert != "" {
		pair, err := tls.LoadX509KeyPair(c.EtcdCert, c.EtcdKey)
		if err != nil {
			return fmt.Errorf("--etcd-cert: %w", err)
		}
		o.TLS.Certificates = []tls.Certificate{pair}
	}
	return nil
}
