package opsapi

import (
	"net/http"

	"github.com/warmfront/warmfront/internal/cloudfront"
)

// Site is what clients must know to write this server's URLs and ARNs.
type Site struct {
	AccountID    string `json:"accountId"`
	Region       string `json:"region"`       // of buckets made without one
	DomainSuffix string `json:"domainSuffix"` // distributions are named d….SUFFIX
	HTTPPort     int    `json:"httpPort"`     // that viewers see, in clear text
	HTTPSPort    int    `json:"httpsPort"`
	Version      string `json:"version"` // of the server

	// Spans are what an overview can be asked for besides the last hour; nil without Prometheus.
	Spans []string `json:"spans,omitempty"`
}

func getSite(c *call) (int, any, error) {
	if c.site == nil {
		return 0, nil, cloudfront.Errorf("UnknownOperationException", "This server does not describe itself.")
	}
	return http.StatusOK, c.site(), nil
}
