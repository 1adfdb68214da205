package listener

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/edge"
)

// proxyHeader builds a PROXY version 2 header.
func proxyHeader(command, family byte, addresses []byte, tlvs ...[]byte) []byte {
	body := append(bytes.Clone(addresses), bytes.Join(tlvs, nil)...)
	b := append([]byte(proxySignature), command, family, 0, 0)
	binary.BigEndian.PutUint16(b[14:], uint16(len(body)))
	return append(b, body...)
}

func tlv(kind byte, value []byte) []byte {
	return append([]byte{kind, byte(len(value) >> 8), byte(len(value))}, value...)
}

var (
	v4 = []byte{203, 0, 113, 9, 198, 51, 100, 1, 0x30, 0x39, 0x01, 0xbb} // 203.0.113.9:12345 to 198.51.100.1:443
	v6 = append(append(netip.MustParseAddr("2001:db8::9").AsSlice(), netip.MustParseAddr("2001:db8::1").AsSlice()...), 0x30, 0x39, 0x01, 0xbb)
)

func TestProxyHeader(t *testing.T) {
	t.Parallel()
	ssl := tlv(tlvSSL, append([]byte{sslClient, 0, 0, 0, 0}, append(tlv(tlvSSLVersion, []byte("TLSv1.3")), tlv(tlvSSLCipher, []byte("TLS_AES_128_GCM_SHA256"))...)...))
	for name, tc := range map[string]struct {
		raw  []byte
		want *proxied // nil: refused
	}{
		"v4":             {proxyHeader(0x21, 0x11, v4), &proxied{src: netip.MustParseAddrPort("203.0.113.9:12345"), dst: netip.MustParseAddrPort("198.51.100.1:443")}},
		"v6":             {proxyHeader(0x21, 0x21, v6), &proxied{src: netip.MustParseAddrPort("[2001:db8::9]:12345"), dst: netip.MustParseAddrPort("[2001:db8::1]:443")}},
		"other TLVs":     {proxyHeader(0x21, 0x11, v4, tlv(0x04, []byte("noop")), tlv(0xea, []byte("vpce"))), &proxied{src: netip.MustParseAddrPort("203.0.113.9:12345"), dst: netip.MustParseAddrPort("198.51.100.1:443")}},
		"TLS":            {proxyHeader(0x21, 0x11, v4, tlv(tlvAuthority, []byte("Example.com")), ssl), &proxied{src: netip.MustParseAddrPort("203.0.113.9:12345"), dst: netip.MustParseAddrPort("198.51.100.1:443"), tls: true, authority: "example.com", version: tls.VersionTLS13, cipher: tls.TLS_AES_128_GCM_SHA256}},
		"no TLS":         {proxyHeader(0x21, 0x11, v4, tlv(tlvSSL, []byte{0, 0, 0, 0, 0})), &proxied{src: netip.MustParseAddrPort("203.0.113.9:12345"), dst: netip.MustParseAddrPort("198.51.100.1:443")}},
		"local":          {proxyHeader(0x20, 0x00, nil), &proxied{local: true}},
		"local with v4":  {proxyHeader(0x20, 0x11, v4), &proxied{local: true}},
		"no family":      {proxyHeader(0x21, 0x00, nil), nil},
		"UDP":            {proxyHeader(0x21, 0x12, v4), nil},
		"unix":           {proxyHeader(0x21, 0x31, make([]byte, 216)), nil},
		"other command":  {proxyHeader(0x22, 0x11, v4), nil},
		"version 1":      {[]byte("PROXY TCP4 203.0.113.9 198.51.100.1 12345 443\r\n"), nil},
		"version 3":      {proxyHeader(0x31, 0x11, v4), nil},
		"short v4":       {proxyHeader(0x21, 0x11, v4[:11]), nil},
		"short v6":       {proxyHeader(0x21, 0x21, v6[:35]), nil},
		"cut TLV":        {proxyHeader(0x21, 0x11, v4, []byte{1, 0}), nil},
		"long TLV":       {proxyHeader(0x21, 0x11, v4, []byte{1, 0, 9, 0}), nil},
		"short SSL TLV":  {proxyHeader(0x21, 0x11, v4, tlv(tlvSSL, []byte{1})), nil},
		"too long":       {proxyHeader(0x21, 0x11, v4, make([]byte, maxProxyBytes)), nil},
		"cut":            {proxyHeader(0x21, 0x11, v4)[:20], nil},
		"a request":      {[]byte("GET / HTTP/1.1\r\nHost: h\r\n\r\n"), nil},
		"nothing at all": {nil, nil},
	} {
		r := bytes.NewReader(append(bytes.Clone(tc.raw), "rest"...))
		if name == "cut" || name == "nothing at all" {
			r = bytes.NewReader(tc.raw)
		}
		got, err := readProxyHeader(r)
		if (err != nil) != (tc.want == nil) || err == nil && *got != *tc.want {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, tc.want)
		}
		if rest, _ := io.ReadAll(r); err == nil && string(rest) != "rest" {
			t.Errorf("%s: read beyond the header, %q is left", name, rest)
		}
	}
}

func TestTrustedProxies(t *testing.T) {
	t.Parallel()
	got := make(chan seen, 1)
	handler := func(req *edge.Request, w edge.Responder) {
		got <- look(req)
		w.Respond(&edge.Response{Status: 204})
	}
	const request = "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 192.0.2.66\r\nConnection: close\r\n\r\n"
	trusting := start(t, handler, func(o *Options) {
		o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("127.0.0.0/8")}
		o.HandshakeTimeout = 200 * time.Millisecond
	})
	header := string(proxyHeader(0x21, 0x11, v4, tlv(tlvAuthority, []byte("h")), tlv(tlvSSL, []byte{1, 0, 0, 0, 0})))
	if out := talk(t, trusting.plain, header+request, time.Minute); !strings.HasPrefix(out, "HTTP/1.1 204") {
		t.Fatalf("got %q", out)
	}
	if r := <-got; r.peer != "203.0.113.9:12345" || r.local != "198.51.100.1:443" || r.tls == nil || r.tls.ServerName != "h" {
		t.Errorf("peer %s, local %s, TLS %v", r.peer, r.local, r.tls)
	}
	if out := talk(t, trusting.plain, request, time.Minute); strings.HasPrefix(out, "HTTP") {
		t.Errorf("a proxy without its header was served: %q", out)
	}
	if out := talk(t, trusting.plain, header[:8], time.Minute); !strings.HasSuffix(out, "[closed]") {
		t.Errorf("half a header was waited for: %q", out)
	}

	// Over TLS the header comes before the handshake.
	conn, err := net.Dial("tcp", trusting.secure)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.Write(proxyHeader(0x21, 0x21, v6))
	tc := tls.Client(conn, trusting.clientTLS("http/1.1"))
	io.WriteString(tc, request)
	if out, _ := io.ReadAll(tc); !strings.HasPrefix(string(out), "HTTP/1.1 204") {
		t.Fatalf("got %q", out)
	}
	if r := <-got; r.peer != "[2001:db8::9]:12345" || r.tls == nil || r.tls.ServerName != "example.com" {
		t.Errorf("peer %s, TLS %v", r.peer, r.tls)
	}

	// Nobody else is believed.
	plain := start(t, handler, func(o *Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
	if out := talk(t, plain.plain, header+request, time.Minute); !strings.HasPrefix(out, "HTTP/1.1 400") {
		t.Errorf("a PROXY header from a stranger: %q", out)
	}
	talk(t, plain.plain, request, time.Minute)
	if r := <-got; !strings.HasPrefix(r.peer, "127.0.0.1:") {
		t.Errorf("peer %s", r.peer)
	}
}

func TestPlainHTTPOnTheTLSPort(t *testing.T) {
	t.Parallel()
	s := start(t, ok, nil)
	if out := talk(t, s.secure, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", time.Minute); !strings.HasPrefix(out, "HTTP/1.1 400") {
		t.Errorf("got %q", out)
	}
}

func TestTLSVersions(t *testing.T) {
	t.Parallel()
	s := start(t, ok, nil)
	for version, fine := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		conf := s.clientTLS("http/1.1")
		conf.MinVersion, conf.MaxVersion = version, version
		conn, err := tls.Dial("tcp", s.secure, conf)
		if (err == nil) != fine {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
		if err == nil {
			conn.Close()
		}
	}
	// A second connection resumes the first one's session.
	conf := s.clientTLS("http/1.1")
	conf.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	for _, resumed := range []bool{false, true} {
		tr := &http.Transport{TLSClientConfig: conf, DisableKeepAlives: true, DialContext: new(net.Dialer).DialContext}
		resp, err := (&http.Client{Transport: tr}).Get("https://" + s.secure + "/")
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.TLS.DidResume != resumed {
			t.Errorf("resumed: %v, want %v", resp.TLS.DidResume, resumed)
		}
	}
}
