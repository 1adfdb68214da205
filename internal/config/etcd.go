package config

import (
	"fmt"
	"net/url"
)

// checkEtcd refuses what would send secrets in clear text, or be of no effect.
func (c *Config) checkEtcd() error {
	switch {
	case (c.EtcdCert == "") != (c.EtcdKey == ""):
		return fmt.Errorf("--etcd-cert and --etcd-key go together")
	case (c.EtcdUser == "") != (c.EtcdPassword == ""):
		return fmt.Errorf("--etcd-user and --etcd-password-file go together")
	}
	secured := c.EtcdCA != "" || c.EtcdCert != "" || c.EtcdUser != ""
	if secured && len(c.EtcdEndpoints) == 0 {
		return fmt.Errorf("--etcd-ca, --etcd-cert and --etcd-user go with --etcd-endpoints")
	}
	for _, endpoint := range c.EtcdEndpoints {
		u, err := url.Parse(endpoint)
		switch {
		case err != nil || u.Host == "" && u.Path == "":
			return fmt.Errorf("--etcd-endpoints %s is not a URL such as https://10.0.0.1:2379", endpoint)
		case secured && u.Scheme != "https" && u.Scheme != "unix":
			return fmt.Errorf("--etcd-endpoints %s: with --etcd-ca, --etcd-cert or --etcd-user every endpoint is https:// or unix://", endpoint)
		}
	}
	return nil
}
