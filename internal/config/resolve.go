package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"
	"gopkg.in/yaml.v3"
)

// Bind registers a flag for each setting of c that may be given on the command line.
func (c *Config) Bind(fs *pflag.FlagSet) {
	fs.StringVar(&c.Data, "data", c.Data, "data `directory`")
	fs.StringVar(&c.API, "api", c.API, "`address` of the AWS endpoint")
	fs.StringVar(&c.HTTP, "http", c.HTTP, "viewer `address` for HTTP")
	fs.StringVar(&c.HTTPS, "https", c.HTTPS, "viewer `address` for HTTPS (TCP) and HTTP/3 (UDP)")
	fs.IntVar(&c.PublicHTTPPort, "public-http-port", c.PublicHTTPPort, "HTTP `port` that viewers see, 0 = the bound one")
	fs.IntVar(&c.PublicHTTPSPort, "public-https-port", c.PublicHTTPSPort, "HTTPS `port` that viewers see, 0 = the bound one")
	fs.StringVar(&c.DomainSuffix, "domain-suffix", c.DomainSuffix, "`domain` below which distributions are named")
	fs.StringVar(&c.AccountID, "account-id", c.AccountID, "12-digit account `id` in every ARN")
	fs.StringVar(&c.Region, "region", c.Region, "`region` of buckets created without one")
	fs.StringVar(&c.POP, "pop", c.POP, "edge location `name` in X-Amz-Cf-Pop")
	fs.StringVar(&c.APICert, "api-cert", c.APICert, "PEM `file` with the certificate of the API address")
	fs.StringVar(&c.APIKey, "api-key", c.APIKey, "PEM `file` with the key of --api-cert")
	fs.StringVar(&c.BasePath, "base-path", c.BasePath, "`path` below which the API address serves everything, as /warmfront behind a proxy that passes it on")
	fs.Var(&c.EtcdEndpoints, "etcd-endpoints", "comma-separated `URLs` of an existing etcd")
	fs.StringVar(&c.EtcdCA, "etcd-ca", c.EtcdCA, "PEM `file` with the authority of that etcd's certificates, else the system's")
	fs.StringVar(&c.EtcdCert, "etcd-cert", c.EtcdCert, "PEM `file` with the certificate that authenticates to that etcd")
	fs.StringVar(&c.EtcdKey, "etcd-key", c.EtcdKey, "PEM `file` with the key of --etcd-cert")
	fs.StringVar(&c.EtcdUser, "etcd-user", c.EtcdUser, "user `name` for that etcd's authentication")
	fs.StringVar(&c.EtcdPassword, "etcd-password-file", c.EtcdPassword, "`file` with the password of --etcd-user")
	fs.Var(&c.TrustedProxies, "trusted-proxies", "comma-separated `networks` whose PROXY protocol v2 is believed")
	fs.Int64Var(&c.CacheBytes, "cache-bytes", c.CacheBytes, "RAM for cached responses, in `bytes`")
	fs.StringVar(&c.CacheRules, "cache-rules", c.CacheRules, "whose caching `rules` hold: cloudfront, or strict for those of the RFCs")
	fs.BoolVar(&c.CacheStatus, "cache-status", c.CacheStatus, "say in Cache-Status how the cache dealt with each request (RFC 9211)")
	fs.BoolVar(&c.Zstd, "zstd", c.Zstd, "where responses are compressed, use zstd for viewers that take it (CloudFront does not)")
	fs.Var(&c.CacheDirs, "cache-dir", "comma-separated `directories` for cached responses, one for each disk (default DATA/cache)")
	fs.Int64Var(&c.CacheDiskBytes, "cache-disk-bytes", c.CacheDiskBytes, "disk for cached responses, in `bytes`, over all directories; 0 = memory only")
	fs.StringVar(&c.AccessLog, "access-log", c.AccessLog, "access log `file`, or stderr")
	fs.StringVar(&c.MetricsToken, "metrics-token", c.MetricsToken, "bearer `token` that admits to /metrics, besides signed requests (docs/metrics.md)")
	fs.StringVar(&c.PrometheusURL, "prometheus-url", c.PrometheusURL, "`URL` of a Prometheus that scrapes the edges, for overviews beyond the last hour (docs/metrics.md)")
	fs.DurationVar(&c.ConfigMaxAge, "config-max-age", c.ConfigMaxAge, "restricted content is refused once the configuration is older; 0 = never")
	fs.BoolVar(&c.IPv6Policies, "ipv6-policies", c.IPv6Policies, "allow IPv6 networks in signed policies; CloudFront knows IPv4 only")
	fs.BoolVar(&c.PrivateOrigins, "private-origins", c.PrivateOrigins, "allow origins on loopback and private networks")
	fs.BoolVar(&c.AWSQuotas, "aws-quotas", c.AWSQuotas, "enforce AWS's account quotas")
	fs.StringVar(&c.Init, "init", c.Init, "`folder` of set-up files to run once when ready")
	fs.BoolVar(&c.TestClock, "test-clock", c.TestClock, "let clients of the API move the server's clock (docs/testing.md); on loopback only")
	fs.StringVar(&c.TestSeed, "test-seed", c.TestSeed, "make ids from this `word`, the same ones each time; with --test-clock")
	fs.StringVar(&c.LogLevel, "log-level", c.LogLevel, "debug, info, warn or error")
}

// Resolve fills c, whose flags were registered on fs by Bind and parsed, in order of
// precedence: flags, WARMFRONT_* variables, the YAML file (if file is not ""), defaults.
// It validates the result.
func (c *Config) Resolve(fs *pflag.FlagSet, file string, lookupEnv func(string) (string, bool)) error {
	given := map[*pflag.Flag]string{}
	fs.Visit(func(f *pflag.Flag) { given[f] = f.Value.String() })
	*c = Default()
	if file != "" {
		if err := c.readFile(file); err != nil {
			return err
		}
	}
	var errs []error
	fs.VisitAll(func(f *pflag.Flag) {
		value, ok := given[f]
		from := "--" + f.Name
		if !ok {
			from = "WARMFRONT_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
			value, ok = lookupEnv(from)
		}
		if ok {
			if err := f.Value.Set(value); err != nil {
				errs = append(errs, fmt.Errorf("%s %q: %w", from, value, err))
			}
		}
	})
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return c.Validate()
}

func (c *Config) readFile(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(c); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("settings %s: %w", file, err)
	}
	return nil
}
