package origin

import (
	"net/netip"
	"testing"
)

func TestAddressPolicy(t *testing.T) {
	t.Parallel()
	own := []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:4480"), netip.MustParseAddrPort("[::]:2379")}
	for addr, want := range map[string]struct{ private, public bool }{
		"93.184.216.34:80":              {true, true},
		"[2606:2800:220:1::1]:443":      {true, true},
		"127.0.0.1:80":                  {true, false},
		"127.9.9.9:80":                  {true, false},
		"[::1]:80":                      {true, false},
		"10.1.2.3:80":                   {true, false},
		"172.16.0.1:80":                 {true, false},
		"192.168.1.1:80":                {true, false},
		"100.64.0.1:80":                 {true, false},
		"[fd12:3456::1]:80":             {true, false},
		"[::ffff:10.0.0.1]:80":          {true, false},
		"[64:ff9b::10.0.0.1]:80":        {true, false},
		"0.1.2.3:80":                    {true, false},
		"0.0.0.0:80":                    {false, false},
		"[::]:80":                       {false, false},
		"224.0.0.1:80":                  {false, false},
		"255.255.255.255:80":            {false, false},
		"[ff02::1]:80":                  {false, false},
		"169.254.169.254:80":            {false, false},
		"169.254.1.1:80":                {false, false},
		"[fe80::1]:80":                  {false, false},
		"[fe80::1%eth0]:80":             {false, false},
		"[::ffff:169.254.169.254]:80":   {false, false},
		"[64:ff9b::169.254.169.254]:80": {false, false},
		"[2002:a9fe:a9fe::1]:80":        {false, false},
		"[fd00:ec2::254]:80":            {false, false},
		"168.63.129.16:80":              {false, false},
		"100.100.100.200:80":            {false, false},
		"127.0.0.1:4480":                {false, false},
		"[::ffff:127.0.0.1]:4480":       {false, false},
		"127.0.0.1:4481":                {true, false},
		"127.0.0.1:2379":                {false, false},
		"[::1]:2379":                    {false, false},
		"93.184.216.34:2379":            {true, true},
		"93.184.216.34:4480":            {true, true},
	} {
		ap := netip.MustParseAddrPort(addr)
		for private, ok := range map[bool]bool{true: want.private, false: want.public} {
			p := &addressPolicy{private: private, refuse: own}
			if err := p.check(ap); (err == nil) != ok {
				t.Errorf("%s with private=%v: %v, want allowed %v", addr, private, err, ok)
			}
		}
	}
	if err := (&addressPolicy{private: true}).control("tcp", "@socket", nil); err == nil {
		t.Error("an address that is no IP address was allowed")
	}
}

func TestPolicyHoldsWhenDialling(t *testing.T) {
	t.Parallel()
	o := script(t, nil)
	c := New(Options{})
	defer c.Close()
	_, err := get(t, c, o, "/")
	wantCause(t, err, Refused, 502)
	byName := *o
	byName.Domain = "localhost" // the address decides, not the name
	_, err = get(t, c, &byName, "/")
	wantCause(t, err, Refused, 502)
}
