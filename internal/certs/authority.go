// Package certs is the TLS identity of a Warmfront process: a local certificate authority
// that issues short-lived certificates on demand for the names this process serves.
package certs

import (
	"crypto/tls"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Lifetimes of what the authority issues. Leaves are made again once a third of their life
// is left; the root lasts as long as browsers and machines that trust it are likely to.
const (
	rootLife   = 10 * 365 * 24 * time.Hour
	leafLife   = 9 * 24 * time.Hour
	leafRenew  = leafLife / 3
	backdating = time.Hour // for viewers whose clocks run behind
	maxLeaves  = 4096
)

// Options say what an Authority issues for.
type Options struct {
	// Dir holds the root certificate root.pem and its key root-key.pem (mode 0600); it is
	// made when missing.
	Dir string
	// Suffix is the domain under which distributions are named, e.g. "cloudfront.localhost".
	// All names one label below it share one wildcard certificate.
	Suffix string
	// Allow reports whether any other name (lower case) is served here: the alias of a
	// distribution. nil allows none. Called for each handshake with such a name.
	Allow func(name string) bool
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Authority is a local certificate authority. It is safe for concurrent use.
type Authority struct {
	opts Options
	root *root

	issuing sync.Mutex // held while a leaf is made, so that each is made once

	mu     sync.RWMutex
	leaves map[string]*tls.Certificate // by the subject they were issued for; guarded by mu
}

// Open reads the root from opts.Dir, making it at first start.
func Open(opts Options) (*Authority, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	opts.Suffix = strings.Trim(strings.ToLower(opts.Suffix), ".")
	r, err := openRoot(opts.Dir, opts.Now())
	if err != nil {
		return nil, err
	}
	return &Authority{opts: opts, root: r, leaves: map[string]*tls.Certificate{}}, nil
}

// RootFile is the path of the root certificate in PEM, for curl --cacert and trust stores.
func (a *Authority) RootFile() string { return rootFile(a.opts.Dir) }

// RootPEM is the root certificate in PEM.
func (a *Authority) RootPEM() []byte { return a.root.pem }

// NameError says that a handshake asked for a name that is not served here.
type NameError struct{ Name string }

// Error names the refused server name.
func (e *NameError) Error() string {
	return fmt.Sprintf("no certificate: %q is not the name of a distribution here", e.Name)
}

// GetCertificate answers a TLS handshake (tls.Config.GetCertificate): for a distribution
// domain the wildcard certificate, for localhost and allowed names one of their own, and
// without a server name one for the local address. Anything else is a *NameError, so that
// strangers cannot make the authority sign names of their choosing.
func (a *Authority) GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	s, err := a.subject(hello)
	if err != nil {
		return nil, err
	}
	now := a.opts.Now()
	if c := a.leaf(s.key, now); c != nil {
		return c, nil
	}
	a.issuing.Lock()
	defer a.issuing.Unlock()
	if c := a.leaf(s.key, now); c != nil {
		return c, nil
	}
	c, err := a.root.issue(s, now)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.leaves) >= maxLeaves {
		clear(a.leaves)
	}
	a.leaves[s.key] = c
	return c, nil
}

// leaf is the certificate issued for key, nil when there is none that is good for a while.
func (a *Authority) leaf(key string, now time.Time) *tls.Certificate {
	a.mu.RLock()
	defer a.mu.RUnlock()
	c := a.leaves[key]
	if c == nil || now.Add(leafRenew).After(c.Leaf.NotAfter) || now.Before(c.Leaf.NotBefore) {
		return nil
	}
	return c
}

// subject is what a leaf certificate is issued for.
type subject struct {
	key string
	dns []string
	ips []netip.Addr
}

func (a *Authority) subject(hello *tls.ClientHelloInfo) (subject, error) {
	name := strings.TrimSuffix(strings.ToLower(hello.ServerName), ".")
	if _, err := netip.ParseAddr(name); name == "" || err == nil {
		// RFC 6066 has no addresses in server names, but some clients send them.
		return addressSubject(hello)
	}
	if suffix := a.opts.Suffix; suffix != "" {
		label, below := strings.CutSuffix(name, "."+suffix)
		if name == suffix || below && label != "" && !strings.Contains(label, ".") {
			return subject{key: "*." + suffix, dns: []string{"*." + suffix, suffix}}, nil
		}
	}
	if name == "localhost" || a.opts.Allow != nil && a.opts.Allow(name) {
		return subject{key: name, dns: []string{name}}, nil
	}
	return subject{}, &NameError{Name: name}
}

// addressSubject is for viewers that name no server: they dialled an address, which the
// connection says is ours.
func addressSubject(hello *tls.ClientHelloInfo) (subject, error) {
	if hello.Conn == nil {
		return subject{}, &NameError{}
	}
	ap, err := netip.ParseAddrPort(hello.Conn.LocalAddr().String())
	if err != nil {
		return subject{}, &NameError{}
	}
	ip := ap.Addr().Unmap().WithZone("")
	if ip.IsUnspecified() { // a UDP socket bound to all addresses does not know which was dialled
		return subject{}, &NameError{}
	}
	s := subject{key: ip.String(), ips: []netip.Addr{ip}}
	if ip.IsLoopback() {
		s.key = "loopback"
		s.dns = []string{"localhost"}
		s.ips = []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}
		if ip != s.ips[0] && ip != s.ips[1] {
			s.key = ip.String()
			s.ips = append(s.ips, ip)
		}
	}
	return s, nil
}
