package origin

import (
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// addressPolicy decides which addresses origins may be at. It is asked with the address
// being dialled, after resolution, so that a name cannot be rebound between check and use.
type addressPolicy struct {
	private bool             // loopback and private networks are allowed
	refuse  []netip.AddrPort // our own API and state
}

// metadata are the cloud metadata and platform services outside the link-local networks.
var metadata = []netip.Addr{
	netip.MustParseAddr("168.63.129.16"),   // Azure
	netip.MustParseAddr("100.100.100.200"), // Alibaba Cloud
	netip.MustParseAddr("192.0.0.192"),     // Oracle Cloud
	netip.MustParseAddr("fd00:ec2::254"),   // AWS
	netip.MustParseAddr("fd20:ce::254"),    // Google Cloud
}

// privateNetworks are not globally reachable (IANA special-purpose registries), besides
// those netip.Addr.IsPrivate and IsLoopback know.
var privateNetworks = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("240.0.0.0/4"),
}

// control is a net.Dialer's Control hook.
func (p *addressPolicy) control(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %q", errRefused, address)
	}
	return p.check(ap)
}

func (p *addressPolicy) check(ap netip.AddrPort) error {
	for _, ip := range embedded(ap.Addr().Unmap().WithZone("")) {
		if reason := p.reason(ip, ap.Port()); reason != "" {
			return fmt.Errorf("%w: %s is %s", errRefused, ap, reason)
		}
	}
	return nil
}

func (p *addressPolicy) reason(ip netip.Addr, port uint16) string {
	switch {
	case ip.IsLinkLocalUnicast():
		return "link-local"
	case ip.IsUnspecified() || ip.IsMulticast() || ip == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return "not the address of a host"
	}
	for _, m := range metadata {
		if ip == m {
			return "a cloud metadata service"
		}
	}
	for _, own := range p.refuse {
		if own.Port() == port && (own.Addr().Unmap() == ip || own.Addr().IsUnspecified() && isLocal(ip)) {
			return "Warmfront's own API or state"
		}
	}
	if p.private {
		return ""
	}
	if ip.IsLoopback() || ip.IsPrivate() {
		return "loopback or private"
	}
	for _, n := range privateNetworks {
		if n.Contains(ip) {
			return "loopback or private"
		}
	}
	return ""
}

// embedded returns ip and the IPv4 address a translator would make of it: NAT64
// (64:ff9b::/96, RFC 6052) and 6to4 (2002::/16, RFC 3056).
func embedded(ip netip.Addr) []netip.Addr {
	ips := []netip.Addr{ip}
	b := ip.As16()
	switch {
	case !ip.Is6():
	case netip.MustParsePrefix("64:ff9b::/96").Contains(ip):
		ips = append(ips, netip.AddrFrom4([4]byte(b[12:16])))
	case netip.MustParsePrefix("2002::/16").Contains(ip):
		ips = append(ips, netip.AddrFrom4([4]byte(b[2:6])))
	}
	return ips
}

// isLocal reports whether ip is one of this machine's addresses.
func isLocal(ip netip.Addr) bool {
	if ip.IsLoopback() {
		return true
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return true // refuse what cannot be told apart
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok {
			if local, ok := netip.AddrFromSlice(n.IP); ok && local.Unmap() == ip {
				return true
			}
		}
	}
	return false
}
