// Package config holds the static settings of a Warmfront process: one struct, one place for
// defaults, validated once. A changed setting needs a restart; CloudFront resources never do.
package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Config is every setting of a process. Durations are in Go's notation, sizes in bytes.
type Config struct {
	Data  string `yaml:"data"`  // data directory
	API   string `yaml:"api"`   // address of the AWS endpoint
	HTTP  string `yaml:"http"`  // viewer address, clear text
	HTTPS string `yaml:"https"` // viewer address, TLS over TCP and QUIC over UDP

	// PublicHTTPPort and PublicHTTPSPort are the ports viewers see, for redirects, Alt-Svc
	// and canned policies behind a balancer; 0 means the bound port.
	PublicHTTPPort  int `yaml:"public-http-port"`
	PublicHTTPSPort int `yaml:"public-https-port"`

	// BasePath is the path below which everything at the API address is, such as /warmfront, for
	// a reverse proxy that passes it on; "" is the whole address.
	BasePath string `yaml:"base-path"`

	DomainSuffix string `yaml:"domain-suffix"` // distributions are named d….SUFFIX
	AccountID    string `yaml:"account-id"`    // 12 digits, in every ARN
	Region       string `yaml:"region"`        // region of buckets made without one
	POP          string `yaml:"pop"`           // X-Amz-Cf-Pop

	APICert string `yaml:"api-cert"` // PEM files that turn TLS on at the API address
	APIKey  string `yaml:"api-key"`

	EtcdEndpoints  List          `yaml:"etcd-endpoints"` // an existing etcd instead of the embedded one
	EtcdCA         string        `yaml:"etcd-ca"`        // PEM file of who signs the etcd's certificates; "" = the system's
	EtcdCert       string        `yaml:"etcd-cert"`      // PEM files that authenticate us to the etcd
	EtcdKey        string        `yaml:"etcd-key"`
	EtcdUser       string        `yaml:"etcd-user"`          // name for the etcd's own authentication
	EtcdPassword   string        `yaml:"etcd-password-file"` // file that holds its password
	TrustedProxies List          `yaml:"trusted-proxies"`    // networks whose PROXY protocol v2 is believed
	CacheBytes     int64         `yaml:"cache-bytes"`        // RAM for cached responses
	CacheRules     string        `yaml:"cache-rules"`        // whose caching rules: cloudfront, or strict for the RFCs'
	CacheStatus    bool          `yaml:"cache-status"`       // answers carry Cache-Status (RFC 9211)
	Zstd           bool          `yaml:"zstd"`               // compress with zstd too, which CloudFront does not
	CacheDirs      List          `yaml:"cache-dir"`          // cached responses on disk, one directory a disk; default DATA/cache
	CacheDiskBytes int64         `yaml:"cache-disk-bytes"`   // of all of them together; 0 = memory only
	AccessLog      string        `yaml:"access-log"`         // file, "stderr", or "" for none
	MetricsToken   string        `yaml:"metrics-token"`      // admits to /metrics as a bearer token; "" for signed requests only
	PrometheusURL  string        `yaml:"prometheus-url"`     // a Prometheus that scrapes the edges, for overviews beyond the last hour
	ConfigMaxAge   time.Duration `yaml:"config-max-age"`     // restricted behaviours answer 503 past it; 0 = never
	PrivateOrigins bool          `yaml:"private-origins"`    // may origins be on loopback and private networks
	IPv6Policies   bool          `yaml:"ipv6-policies"`      // may signed policies name IPv6 networks; CloudFront takes none
	AWSQuotas      bool          `yaml:"aws-quotas"`         // enforce AWS's account quotas
	Init           string        `yaml:"init"`               // folder of set-up files, run once
	LogLevel       string        `yaml:"log-level"`          // debug, info, warn or error

	// TestClock lets clients of the API move the server's clock, and TestSeed makes the ids of
	// what they create repeatable. For tests, on loopback and with the embedded state only.
	TestClock bool   `yaml:"test-clock"`
	TestSeed  string `yaml:"test-seed"`

	// ExternalS3 names S3-compatible stores elsewhere. Only in the settings file.
	ExternalS3 []ExternalS3 `yaml:"external-s3"`
}

// ExternalS3 maps a host suffix of origins to an S3-compatible store elsewhere.
type ExternalS3 struct {
	HostSuffix      string `yaml:"host-suffix"` // BUCKET.<host-suffix> names a bucket there
	Endpoint        string `yaml:"endpoint"`    // https://s3.example.net
	Region          string `yaml:"region"`
	AccessKeyID     string `yaml:"access-key-id"`
	SecretAccessKey string `yaml:"secret-access-key"`
	// Buckets names, for each bucket, the ids of the distributions that may read it ("*" for
	// every one); none by default.
	Buckets map[string][]string `yaml:"buckets"`
}

// Default returns the settings of a laptop: everything on loopback.
func Default() Config {
	return Config{
		Data:           "./warmfront-data",
		API:            "127.0.0.1:4480",
		HTTP:           "127.0.0.1:8080",
		HTTPS:          "127.0.0.1:8443",
		DomainSuffix:   "cloudfront.localhost",
		AccountID:      "000000000000",
		Region:         "us-east-1",
		POP:            "LCL50-C1",
		CacheBytes:     1 << 30,
		CacheDiskBytes: 10 << 30,
		CacheRules:     "cloudfront",
		ConfigMaxAge:   24 * time.Hour,
		PrivateOrigins: true,
		IPv6Policies:   true,
		LogLevel:       "info",
	}
}

// List is a comma-separated list of words; it implements pflag.Value.
type List []string

// String joins the list with commas.
func (l *List) String() string { return strings.Join(*l, ",") }

// Type names the value in help texts.
func (l *List) Type() string { return "list" }

// Set replaces the list by the comma-separated words of s.
func (l *List) Set(s string) error {
	*l = nil
	for word := range strings.SplitSeq(s, ",") {
		if word = strings.TrimSpace(word); word != "" {
			*l = append(*l, word)
		}
	}
	return nil
}

var (
	accountID  = regexp.MustCompile(`^[0-9]{12}$`)
	basePath   = regexp.MustCompile(`^(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$`)
	domainName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)
	popName    = regexp.MustCompile(`^[A-Z]{3}[0-9]{1,3}-[A-Z][0-9]{1,2}$`)
)

// Validate makes paths absolute and reports the first setting that cannot work.
func (c *Config) Validate() error {
	for _, addr := range []struct{ name, value string }{{"api", c.API}, {"http", c.HTTP}, {"https", c.HTTPS}} {
		if _, _, err := net.SplitHostPort(addr.value); err != nil {
			return fmt.Errorf("--%s %q is not an address: want HOST:PORT", addr.name, addr.value)
		}
	}
	for _, p := range c.paths() {
		if strings.ContainsRune(*p, 0) {
			return fmt.Errorf("path %q contains a NUL byte", *p)
		}
	}
	switch {
	case !accountID.MatchString(c.AccountID):
		return fmt.Errorf("--account-id %q is not 12 digits", c.AccountID)
	case c.BasePath != "" && !basePath.MatchString(c.BasePath):
		return fmt.Errorf("--base-path %q is not a path such as /warmfront: a slash before each segment, none at the end, in them letters, digits, '-', '_' and, not first, '.'", c.BasePath)
	case !domainName.MatchString(c.DomainSuffix):
		return fmt.Errorf("--domain-suffix %q is not a lower-case domain name", c.DomainSuffix)
	case !popName.MatchString(c.POP):
		return fmt.Errorf("--pop %q does not look like FRA50-C1", c.POP)
	case c.CacheBytes < 1<<20:
		return fmt.Errorf("--cache-bytes %d is below 1 MiB", c.CacheBytes)
	case c.CacheRules != "cloudfront" && c.CacheRules != "strict":
		return fmt.Errorf("--cache-rules %q is neither cloudfront nor strict", c.CacheRules)
	case c.CacheDiskBytes != 0 && c.CacheDiskBytes < 64<<20:
		return fmt.Errorf("--cache-disk-bytes %d is below 64 MiB; 0 is no cache on disk", c.CacheDiskBytes)
	case c.ConfigMaxAge < 0:
		return fmt.Errorf("--config-max-age %v is negative", c.ConfigMaxAge)
	case c.MetricsToken != "" && len(c.MetricsToken) < 16:
		return fmt.Errorf("--metrics-token is shorter than 16 characters")
	case (c.APICert == "") != (c.APIKey == ""):
		return fmt.Errorf("--api-cert and --api-key go together")
	}
	if err := c.checkEtcd(); err != nil {
		return err
	}
	if err := c.checkTestClock(); err != nil {
		return err
	}
	if _, err := c.Prometheus(); err != nil {
		return err
	}
	for _, n := range c.TrustedProxies {
		if _, err := netip.ParsePrefix(n); err != nil {
			return fmt.Errorf("--trusted-proxies: %q is not a network such as 10.0.0.0/8", n)
		}
	}
	for _, x := range c.ExternalS3 {
		if x.HostSuffix == "" || x.Endpoint == "" {
			return fmt.Errorf("external-s3: host-suffix and endpoint are required")
		}
	}
	return c.absolute()
}

// Prometheus is PrometheusURL, nil when it is not set. Errors do not repeat it: it may have a
// password in it.
func (c *Config) Prometheus() (*url.URL, error) {
	if c.PrometheusURL == "" {
		return nil, nil
	}
	u, err := url.Parse(c.PrometheusURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("--prometheus-url is not a URL such as http://127.0.0.1:9090")
	}
	return u, nil
}

// checkTestClock refuses a clock that strangers could move, or that others would not follow.
func (c *Config) checkTestClock() error {
	switch {
	case !c.TestClock && c.TestSeed == "":
		return nil
	case !c.TestClock:
		return fmt.Errorf("--test-seed goes with --test-clock")
	case len(c.EtcdEndpoints) > 0:
		return fmt.Errorf("--test-clock moves the clock of one process: it does not go with --etcd-endpoints")
	}
	for _, addr := range []struct{ name, value string }{{"api", c.API}, {"http", c.HTTP}, {"https", c.HTTPS}} {
		host, _, _ := net.SplitHostPort(addr.value) // Validate has split it before
		if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.Unmap().IsLoopback()) {
			return fmt.Errorf("--test-clock is for loopback only: --%s %q can be reached by others", addr.name, addr.value)
		}
	}
	return nil
}

// paths are the settings that name one file or folder each.
func (c *Config) paths() []*string {
	return []*string{&c.Data, &c.Init, &c.APICert, &c.APIKey, &c.EtcdCA, &c.EtcdCert, &c.EtcdKey, &c.EtcdPassword}
}

func (c *Config) absolute() error {
	for _, p := range c.paths() {
		if *p == "" {
			continue
		}
		abs, err := filepath.Abs(*p)
		if err != nil {
			return fmt.Errorf("%s: %w", *p, err)
		}
		*p = abs
	}
	for i := range c.CacheDirs {
		abs, err := filepath.Abs(c.CacheDirs[i])
		if err != nil {
			return fmt.Errorf("%s: %w", c.CacheDirs[i], err)
		}
		c.CacheDirs[i] = abs
	}
	if c.AccessLog != "" && c.AccessLog != "stderr" {
		abs, err := filepath.Abs(c.AccessLog)
		if err != nil {
			return fmt.Errorf("%s: %w", c.AccessLog, err)
		}
		c.AccessLog = abs
	}
	if st, err := os.Stat(c.Data); err == nil && !st.IsDir() {
		return fmt.Errorf("data directory %s is not a directory", c.Data)
	}
	return nil
}
