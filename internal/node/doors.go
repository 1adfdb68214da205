package node

import (
	"context"
	"crypto/tls"
	"fmt"

	"github.com/warmfront/warmfront/internal/console"
	"github.com/warmfront/warmfront/internal/endpoint"
	"github.com/warmfront/warmfront/internal/origin"
	"github.com/warmfront/warmfront/internal/s3store"
	"github.com/warmfront/warmfront/internal/snapshot"
)

// buildDoors puts the management API, Warmfront's own endpoint and the S3 door behind the API
// address.
func (n *Node) buildDoors(context.Context) error {
	n.run("control", n.runControl)
	front, err := s3store.New(n.objects, identities{n}, s3store.Options{
		AccountID: n.config.AccountID, DefaultRegion: n.config.Region, Now: n.o.Now, Real: n.real, Log: n.o.Log.With("room", "s3store"),
		VirtualHosts: []string{"localhost", "s3.amazonaws.com"},
	})
	if err != nil {
		return err
	}
	n.onStop("S3 door", func(context.Context) error { return front.Close() })
	tlsConfig, err := n.apiTLS()
	if err != nil {
		return err
	}
	pages, err := console.New()
	if err != nil {
		return err
	}
	n.endpoint, err = endpoint.New(endpoint.Handlers{
		CloudFront: &n.management.cloudfront,
		Operations: &n.management.operations,
		S3:         front.Handler(n.config.BasePath),
		Store:      front.Handler(""),
		Console:    pages,
		Ready:      n.isReady,
		Metrics:    n.metricsPage(),
	}, endpoint.Options{
		Address: n.config.API, BasePath: n.config.BasePath, TLS: tlsConfig, Log: n.o.Log.With("room", "endpoint"), MaxConnections: newFileBudget(openFiles()).api,
	})
	if err != nil {
		return err
	}
	if err := n.endpoint.Listen(); err != nil {
		return err
	}
	n.onStop("API address", n.endpoint.Shutdown)
	return nil
}

// apiTLS is the TLS configuration of the API address, nil for clear text.
func (n *Node) apiTLS() (*tls.Config, error) {
	if n.config.APICert == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(n.config.APICert, n.config.APIKey)
	if err != nil {
		return nil, fmt.Errorf("--api-cert: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

func (n *Node) snapshotOptions() snapshot.Options {
	o := snapshot.Options{AccountID: n.config.AccountID, NodeID: n.id, Open: n.keys.Open}
	for _, x := range n.config.ExternalS3 {
		o.ExternalS3 = append(o.ExternalS3, snapshot.ExternalS3{
			HostSuffix: x.HostSuffix, Region: x.Region, Buckets: x.Buckets,
			Credentials: origin.Credentials{AccessKeyID: x.AccessKeyID, SecretAccessKey: x.SecretAccessKey},
		})
	}
	return o
}
