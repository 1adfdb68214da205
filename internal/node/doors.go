package node

import (
	"context"
	"crypto/tls"
	"fmt"

	"github.com/warmfront/warmfront/internal/console"
	"github.com/warmfront/warmfront/internal/datadir"
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
		AccountID: n.config.AccountID, DefaultRegion: n.config.Region, Now: n.o.Now, Log: n.o.Log.With("room", "s3store"),
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
		S3:         front.Handler(),
		Console:    pages,
		Ready:      n.isReady,
	}, endpoint.Options{
		Address: n.config.API, TLS: tlsConfig, Log: n.o.Log.With("room", "endpoint"), MaxConnections: newFileBudget(openFiles()).api,
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

// rootCredentials knows the root access key.
type rootCredentials datadir.RootKey

// ByAccessKey finds the secret of an access key.
func (c rootCredentials) ByAccessKey(id string) (secret string, readOnly, ok bool) {
	if id != c.AccessKeyID {
		return "", false, false
	}
	return c.SecretAccessKey, false, true
}

// identities tells the S3 door who signs: the account's root, and the identities of the
// snapshot being served.
type identities struct{ node *Node }

// ByAccessKey finds an identity by its access key.
func (i identities) ByAccessKey(id string) (s3store.Identity, bool) {
	if id == i.node.root.AccessKeyID {
		return s3store.Identity{
			Kind: s3store.Root, AccessKeyID: id, SecretAccessKey: i.node.root.SecretAccessKey,
			ARN: "arn:aws:iam::" + i.node.config.AccountID + ":root", CanonicalID: s3store.CanonicalID(i.node.config.AccountID),
		}, true
	}
	return identity(i.node.edge.Snapshot().ByAccessKey(id))
}

// OriginAccessIdentity finds an origin access identity by its id.
func (i identities) OriginAccessIdentity(id string) (s3store.Identity, bool) {
	return identity(i.node.edge.Snapshot().OriginAccessIdentity(id))
}

// OriginAccessIdentityByCanonicalID finds an origin access identity by its canonical user id.
func (i identities) OriginAccessIdentityByCanonicalID(id string) (s3store.Identity, bool) {
	return identity(i.node.edge.Snapshot().OriginAccessIdentityByCanonicalID(id))
}

func identity(i *snapshot.Identity) (s3store.Identity, bool) {
	if i == nil {
		return s3store.Identity{}, false
	}
	kind := s3store.DistributionOrigin
	if i.OriginAccessIdentityID != "" {
		kind = s3store.OriginAccessIdentity
	}
	return s3store.Identity{Kind: kind, AccessKeyID: i.AccessKeyID, SecretAccessKey: i.Secret, ARN: i.ARN, CanonicalID: i.CanonicalID}, true
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
