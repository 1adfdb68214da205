package listener

import (
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"

	"github.com/warmfront/warmfront/internal/edge"
)

// The PROXY protocol, version 2 (haproxy.org, proxy-protocol.txt, section 2.2).
const (
	proxySignature = "\r\n\r\n\x00\r\nQUIT\n"
	proxyHeadBytes = 16
	maxProxyBytes  = 4096 // of what follows; addresses take at most 216, the rest is TLVs

	proxyLocal, proxyProxy = 0x20, 0x21 // version 2 and command
	proxyTCP4, proxyTCP6   = 0x11, 0x21 // family and transport

	tlvAuthority, tlvSSL, tlvSSLVersion, tlvSSLCipher = 0x02, 0x20, 0x21, 0x23
	sslClient                                         = 0x01 // the viewer connected over TLS
)

var errProxyHeader = errors.New("no valid PROXY protocol version 2 header")

// proxied is what a PROXY header says of a viewer.
type proxied struct {
	local     bool // the proxy's own connection, e.g. a health check
	src, dst  netip.AddrPort
	tls       bool
	authority string
	version   uint16
	cipher    uint16
}

// apply overwrites v with what the proxy says. TLS between the proxy and us stays what it
// is; TLS that the proxy ended counts when there is none here.
func (p *proxied) apply(v *viewer) {
	if p.local {
		return
	}
	v.peer, v.local = p.src, p.dst
	if p.tls {
		v.tls = &edge.TLS{ServerName: p.authority, Version: p.version, Cipher: p.cipher}
	}
}

// readProxyHeader reads exactly one header from r.
func readProxyHeader(r io.Reader) (*proxied, error) {
	var head [proxyHeadBytes]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, fmt.Errorf("%w: %w", errProxyHeader, err)
	}
	n := int(binary.BigEndian.Uint16(head[14:]))
	if string(head[:12]) != proxySignature || n > maxProxyBytes {
		return nil, errProxyHeader
	}
	rest := make([]byte, n)
	if _, err := io.ReadFull(r, rest); err != nil {
		return nil, fmt.Errorf("%w: %w", errProxyHeader, err)
	}
	return parseProxyHeader(head[12], head[13], rest)
}

func parseProxyHeader(command, family byte, b []byte) (*proxied, error) {
	switch {
	case command == proxyLocal:
		return &proxied{local: true}, nil
	case command != proxyProxy:
		return nil, errProxyHeader
	}
	p := &proxied{}
	switch {
	case family == proxyTCP4 && len(b) >= 12:
		p.src = netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[0:4])), binary.BigEndian.Uint16(b[8:]))
		p.dst = netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[4:8])), binary.BigEndian.Uint16(b[10:]))
		b = b[12:]
	case family == proxyTCP6 && len(b) >= 36:
		p.src = netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[0:16])).Unmap(), binary.BigEndian.Uint16(b[32:]))
		p.dst = netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[16:32])).Unmap(), binary.BigEndian.Uint16(b[34:]))
		b = b[36:]
	default: // not TCP over IP: there is no viewer's address to believe
		return nil, errProxyHeader
	}
	return p, p.readTLVs(b)
}

func (p *proxied) readTLVs(b []byte) error {
	for len(b) > 0 {
		kind, value, rest, ok := cutTLV(b)
		if !ok {
			return errProxyHeader
		}
		b = rest
		switch kind {
		case tlvAuthority:
			p.authority = strings.ToLower(string(value))
		case tlvSSL:
			if len(value) < 5 {
				return errProxyHeader
			}
			if p.tls = value[0]&sslClient != 0; p.tls {
				if err := p.readTLVs(value[5:]); err != nil {
					return err
				}
			}
		case tlvSSLVersion:
			p.version = tlsVersions[string(value)]
		case tlvSSLCipher:
			p.cipher = cipherID(string(value))
		}
	}
	return nil
}

func cutTLV(b []byte) (kind byte, value, rest []byte, ok bool) {
	if len(b) < 3 {
		return 0, nil, nil, false
	}
	n := int(binary.BigEndian.Uint16(b[1:]))
	if len(b) < 3+n {
		return 0, nil, nil, false
	}
	return b[0], b[3 : 3+n], b[3+n:], true
}

var tlsVersions = map[string]uint16{"TLSv1": tls.VersionTLS10, "TLSv1.1": tls.VersionTLS11, "TLSv1.2": tls.VersionTLS12, "TLSv1.3": tls.VersionTLS13}

// cipherID finds a cipher suite by its IANA name; 0 when Go does not know it.
func cipherID(name string) uint16 {
	for _, s := range tls.CipherSuites() {
		if s.Name == name {
			return s.ID
		}
	}
	return 0
}
