package node

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"

	"github.com/warmfront/warmfront/internal/accesslog"
	"github.com/warmfront/warmfront/internal/cachestore"
	"github.com/warmfront/warmfront/internal/certs"
	"github.com/warmfront/warmfront/internal/edge"
	"github.com/warmfront/warmfront/internal/httpcache"
	"github.com/warmfront/warmfront/internal/listener"
	"github.com/warmfront/warmfront/internal/origin"
)

// lateHandler lets sockets be bound before the edge that answers on them is built, since the
// edge has to know their ports.
type lateHandler struct{ *edge.Edge }

// bindViewers binds the viewer addresses and builds the edge behind them.
func (n *Node) bindViewers(context.Context) error {
	authority, err := certs.Open(certs.Options{Dir: n.dir.TLS(), Suffix: n.config.DomainSuffix, Allow: n.serves})
	if err != nil {
		return err
	}
	handler := &lateHandler{}
	trusted, err := prefixes(n.config.TrustedProxies)
	if err != nil {
		return err
	}
	n.viewers = listener.New(handler, listener.Options{
		HTTP: n.config.HTTP, HTTPS: n.config.HTTPS, GetCertificate: authority.GetCertificate,
		TrustedProxies: trusted, Log: n.o.Log.With("room", "listener"),
		Limits: listener.Limits{MaxConnections: newFileBudget(openFiles()).viewers},
	})
	if err := n.openAccessLog(); err != nil {
		return err
	}
	if err := n.viewers.Listen(); err != nil {
		return err
	}
	fetcher, err := n.newFetcher()
	if err != nil {
		return err
	}
	n.cache = cachestore.New(n.cacheOptions())
	n.onStop("cache", func(context.Context) error { n.cache.Close(); return nil })
	n.edge = edge.New(edge.Deps{
		Store: n.cache, Fetcher: n.measured(fetcher), Access: n.requests, Metrics: n.metrics, Log: n.o.Log.With("room", "edge"),
	}, n.edgeOptions())
	handler.Edge = n.edge
	n.onStop("edge", n.edge.Close)
	n.onStop("viewers", n.viewers.Shutdown)
	return nil
}

// serves reports whether a TLS server name is an alias of a distribution.
func (n *Node) serves(name string) bool { return n.edge.Snapshot().Host(name) != nil }

func (n *Node) edgeOptions() edge.Options {
	httpAddr, httpsAddr := n.viewers.Addrs()
	o := edge.Options{
		POP: n.config.POP, PublicHTTPSPort: n.config.PublicHTTPSPort, ConfigMaxAge: n.config.ConfigMaxAge, Now: n.o.Now,
		CacheStatus: n.config.CacheStatus, Zstd: n.config.Zstd,
	}
	if n.config.CacheRules == "strict" {
		o.Rules = httpcache.Strict
	}
	if o.PublicHTTPSPort == 0 {
		o.PublicHTTPSPort = portOf(httpsAddr)
	}
	for _, port := range []int{portOf(httpAddr), portOf(httpsAddr), n.config.PublicHTTPPort, n.config.PublicHTTPSPort, 80, 443} {
		if port != 0 {
			o.OwnPorts = append(o.OwnPorts, uint16(port))
		}
	}
	return o
}

// newFetcher fetches from origins; buckets of our own store over the endpoint's in-memory
// connection.
func (n *Node) newFetcher() (origin.Fetcher, error) {
	o := origin.Options{
		Private: n.config.PrivateOrigins, Region: n.config.Region, Now: n.real, Shift: n.shift(), MaxConnections: newFileBudget(openFiles()).origins,
		OwnStore: func(ctx context.Context) (net.Conn, error) { return n.endpoint.Dial(ctx) },
	}
	if addr, err := netip.ParseAddrPort(n.endpoint.Addr().String()); err == nil {
		o.Refuse = append(o.Refuse, addr)
	}
	for _, x := range n.config.ExternalS3 {
		endpoint, err := url.Parse(x.Endpoint)
		if err != nil {
			return nil, fmt.Errorf("external-s3: %w", err)
		}
		o.Stores = append(o.Stores, origin.Store{HostSuffix: x.HostSuffix, Endpoint: endpoint, Region: x.Region})
	}
	return origin.New(o), nil
}

// openAccessLog begins to log requests: to the access log, if there is to be one, and to those who
// follow them.
func (n *Node) openAccessLog() error {
	var out io.Writer
	switch n.config.AccessLog {
	case "":
	case "stderr":
		out = os.Stderr
	default:
		f, err := accesslog.OpenFile(n.config.AccessLog)
		if err != nil {
			return err
		}
		n.onStop("access log", func(context.Context) error { return f.Close() })
		n.log, out = f, f
	}
	n.requests = accesslog.New(out, accesslog.Options{OnError: func(err error) { n.o.Log.Error("access log", "error", err) }})
	n.run("access log writer", n.requests.Run)
	n.onStop("live tails", func(context.Context) error { n.requests.End(); return nil })
	return nil
}

// ReopenLog goes on in the file that the access log's path names now: its old file has been
// moved away. Nothing happens without such a file. Safe for concurrent use.
func (n *Node) ReopenLog() error {
	if n.log == nil {
		return nil
	}
	return n.log.Reopen()
}

func portOf(addr net.Addr) int {
	if a, ok := addr.(*net.TCPAddr); ok {
		return a.Port
	}
	return 0
}

func prefixes(networks []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range networks {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, err
		}
		out = append(out, p.Masked())
	}
	return out, nil
}
