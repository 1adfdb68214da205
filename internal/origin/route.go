package origin

import (
	"net"
	"net/url"
	"strconv"
	"strings"
)

// Store is an S3-compatible store elsewhere (AWS itself, Ceph, SeaweedFS, Garage, R2). An
// origin named BUCKET.HostSuffix is the bucket BUCKET there, addressed in path style, which
// all of them understand. The credentials come with the Origin.
type Store struct {
	HostSuffix string   // lower case, e.g. "s3.example.net"
	Endpoint   *url.URL // scheme and host
	Region     string   // for origins that name none
}

// kind says whose addresses an origin's name leads to, and so which rules hold for them.
type kind uint8

const (
	custom     kind = iota // named by a distribution's owner: the address policy applies
	configured             // named by the operator's settings
	ownStore               // inside this process
)

// route is where a request goes.
type route struct {
	kind   kind
	scheme string
	addr   string // host:port to connect to
	host   string // Host header
	prefix string // before the origin path
	region string // of signatures
}

// route finds the way to o for r.
func (c *Client) route(o *Origin, r *Request) route {
	to := route{scheme: "http", host: r.Host, region: o.Region}
	if to.host == "" || o.S3 {
		to.host = o.Domain
	}
	bucket, region, aws := awsBucket(o.Domain)
	switch s, storeBucket := c.store(o.Domain); {
	case s != nil:
		to.kind, to.scheme, to.addr, to.host = configured, s.Endpoint.Scheme, hostPort(s.Endpoint), s.Endpoint.Host
		to.prefix = "/" + storeBucket
		to.region = firstOf(to.region, s.Region)
	case aws && bucket != "" && c.opts.OwnStore != nil:
		to.kind, to.addr, to.host = ownStore, "own-store", o.Domain
		to.region = firstOf(to.region, region)
	default:
		port := o.HTTPPort
		if o.Scheme == HTTPSOnly || o.Scheme == MatchViewer && r.ViewerTLS {
			to.scheme, port = "https", o.HTTPSPort
		}
		to.addr = net.JoinHostPort(o.Domain, strconv.Itoa(portOr(port, to.scheme)))
		to.region = firstOf(to.region, region)
	}
	to.region = firstOf(to.region, c.opts.Region)
	return to
}

// store finds the configured store that claims domain, the longest suffix first.
func (c *Client) store(domain string) (*Store, string) {
	var found *Store
	var bucket string
	for i := range c.opts.Stores {
		s := &c.opts.Stores[i]
		b, ok := strings.CutSuffix(domain, "."+s.HostSuffix)
		if ok && b != "" && (found == nil || len(s.HostSuffix) > len(found.HostSuffix)) {
			found, bucket = s, b
		}
	}
	return found, bucket
}

// awsBucket splits the name of a bucket's REST endpoint at AWS: BUCKET.s3.amazonaws.com,
// BUCKET.s3.REGION.amazonaws.com and the older BUCKET.s3-REGION.amazonaws.com. Website
// endpoints (s3-website) are not among them.
func awsBucket(domain string) (bucket, region string, ok bool) {
	name, ok := strings.CutSuffix(domain, ".amazonaws.com")
	if !ok {
		return "", "", false
	}
	if b, ok := strings.CutSuffix(name, ".s3"); ok {
		return b, "", true
	}
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return "", "", false
	}
	rest, last := name[:dot], name[dot+1:]
	if b, ok := strings.CutSuffix(rest, ".s3"); ok {
		return b, last, true
	}
	if region, ok := strings.CutPrefix(last, "s3-"); ok && !strings.HasPrefix(region, "website") {
		return rest, region, true
	}
	return "", "", false
}

func hostPort(u *url.URL) string {
	port, _ := strconv.Atoi(u.Port())
	return net.JoinHostPort(u.Hostname(), strconv.Itoa(portOr(port, u.Scheme)))
}

func portOr(port int, scheme string) int {
	switch {
	case port > 0:
		return port
	case scheme == "https":
		return 443
	}
	return 80
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
