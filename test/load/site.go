package load

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/warmfront/warmfront/internal/datadir"
	"github.com/warmfront/warmfront/signedurl"
)

// Ids of managed cache policies: the one of the recipe, which caches for a second whatever the
// origin says, and one that obeys origins.
const (
	CachingOptimized             = "658327ea-f89d-4fab-a63d-7e88639e58f6"
	UseOriginCacheControlHeaders = "83da9c7e-98b4-4e11-a168-04f0df8e2c65"
)

// Account is the configuration of SDK clients for the server of a data directory, which runs.
func Account(dir datadir.Dir) (aws.Config, datadir.Endpoints, error) {
	root, err := dir.RootKey()
	if err != nil {
		return aws.Config{}, datadir.Endpoints{}, err
	}
	endpoints, err := dir.ReadEndpoints()
	return aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(endpoints.API),
		Credentials: credentials.NewStaticCredentialsProvider(root.AccessKeyID, root.SecretAccessKey, ""),
	}, endpoints, err
}

// Site is a distribution that serves signed URLs over HTTP and HTTPS.
type Site struct {
	CloudFront   *cloudfront.Client
	Distribution *cftypes.Distribution
	Signer       *signedurl.Signer
	group        string    // of the keys it trusts
	Asked        time.Time // when CreateDistribution was sent
	endpoints    datadir.Endpoints
}

// CustomOrigin is an origin on this machine.
func CustomOrigin(port int) cftypes.Origin {
	return cftypes.Origin{
		Id: aws.String("origin"), DomainName: aws.String("localhost"),
		CustomOriginConfig: &cftypes.CustomOriginConfig{
			HTTPPort: aws.Int32(int32(port)), HTTPSPort: aws.Int32(443), OriginProtocolPolicy: cftypes.OriginProtocolPolicyHttpOnly,
		},
	}
}

// Deploy makes a key group named name and a distribution of origin restricted to it, on the
// server of dir, without waiting for its deployment. policy is the id of its cache policy.
func Deploy(ctx context.Context, dir datadir.Dir, name, policy string, origin cftypes.Origin) (*Site, error) {
	s := &Site{}
	if err := s.Reach(dir); err != nil {
		return nil, err
	}
	if err := s.makeKey(ctx, name); err != nil {
		return nil, err
	}
	s.Asked = time.Now()
	out, err := s.CloudFront.CreateDistribution(ctx, &cloudfront.CreateDistributionInput{DistributionConfig: &cftypes.DistributionConfig{
		CallerReference: &name, Comment: aws.String(""), Enabled: aws.Bool(true),
		Origins: &cftypes.Origins{Quantity: aws.Int32(1), Items: []cftypes.Origin{origin}},
		DefaultCacheBehavior: &cftypes.DefaultCacheBehavior{
			TargetOriginId: origin.Id, ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyAllowAll,
			CachePolicyId:    &policy,
			TrustedKeyGroups: &cftypes.TrustedKeyGroups{Enabled: aws.Bool(true), Quantity: aws.Int32(1), Items: []string{s.group}},
		},
	}})
	if err != nil {
		return nil, err
	}
	s.Distribution = out.Distribution
	return s, nil
}

// Reach finds the site's server again after a restart on dir.
func (s *Site) Reach(dir datadir.Dir) error {
	config, endpoints, err := Account(dir)
	if err != nil {
		return err
	}
	s.CloudFront, s.endpoints = cloudfront.NewFromConfig(config), endpoints
	return nil
}

// Wait waits until the distribution is deployed.
func (s *Site) Wait(ctx context.Context) error {
	return cloudfront.NewDistributionDeployedWaiter(s.CloudFront).Wait(ctx, &cloudfront.GetDistributionInput{Id: s.Distribution.Id}, 2*time.Minute)
}

// makeKey makes the site's first key and its group.
func (s *Site) makeKey(ctx context.Context, name string) error {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	if s.Signer, err = s.register(ctx, name, private); err != nil {
		return err
	}
	g, err := s.CloudFront.CreateKeyGroup(ctx, &cloudfront.CreateKeyGroupInput{KeyGroupConfig: &cftypes.KeyGroupConfig{
		Name: &name, Items: []string{s.Signer.KeyID},
	}})
	if err != nil {
		return err
	}
	s.group = *g.KeyGroup.Id
	return nil
}

// register makes a public key.
func (s *Site) register(ctx context.Context, name string, private crypto.Signer) (*signedurl.Signer, error) {
	spki, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		return nil, err
	}
	public := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}))
	key, err := s.CloudFront.CreatePublicKey(ctx, &cloudfront.CreatePublicKeyInput{PublicKeyConfig: &cftypes.PublicKeyConfig{
		CallerReference: &name, Name: &name, EncodedKey: &public,
	}})
	if err != nil {
		return nil, err
	}
	return &signedurl.Signer{KeyID: *key.PublicKey.Id, PrivateKey: private}, nil
}

// Trust has the site admit what another key, of this name, has signed too; Wait tells when it does.
func (s *Site) Trust(ctx context.Context, name string, private crypto.Signer) (*signedurl.Signer, error) {
	signer, err := s.register(ctx, name, private)
	if err != nil {
		return nil, err
	}
	g, err := s.CloudFront.GetKeyGroup(ctx, &cloudfront.GetKeyGroupInput{Id: &s.group})
	if err != nil {
		return nil, err
	}
	config := g.KeyGroup.KeyGroupConfig
	config.Items = append(config.Items, signer.KeyID)
	_, err = s.CloudFront.UpdateKeyGroup(ctx, &cloudfront.UpdateKeyGroupInput{Id: &s.group, IfMatch: g.ETag, KeyGroupConfig: config})
	return signer, err
}

// Signing is the same site to those who sign otherwise.
func (s *Site) Signing(signer *signedurl.Signer) *Site {
	other := *s
	other.Signer = signer
	return &other
}

// Target is one request: where it is sent, for which host, and what it asks for.
type Target struct {
	Scheme  string // http or https
	Address string // 127.0.0.1:port
	Host    string // of the Host field, with the port, and of SNI, without it
	Path    string // with the query
}

// URL is the target's address as a URL; the host is to be given besides.
func (t Target) URL() string { return t.Scheme + "://" + t.Address + t.Path }

// Target signs a request for path that is good for a day. Over HTTP when secure is false.
func (s *Site) Target(secure bool, path string) (Target, error) {
	return s.sign(secure, path, "")
}

// Targets signs once for all paths that begin with prefix; the function returned gives the
// request for any of them.
func (s *Site) Targets(secure bool, prefix string) (func(path string) Target, error) {
	t, err := s.sign(secure, prefix, prefix+"*")
	signature := t.Path[min(len(prefix), len(t.Path)):]
	return func(path string) Target {
		one := t
		one.Path = path + signature
		return one
	}, err
}

func (s *Site) sign(secure bool, path, resource string) (Target, error) {
	endpoint := s.endpoints.HTTP
	if secure {
		endpoint = s.endpoints.HTTPS
	}
	u, err := url.Parse(endpoint)
	if err != nil {
		return Target{}, err
	}
	t := Target{Scheme: u.Scheme, Address: net.JoinHostPort("127.0.0.1", u.Port()), Host: *s.Distribution.DomainName + ":" + u.Port()}
	prefix := fmt.Sprintf("%s://%s", t.Scheme, t.Host)
	policy := signedurl.Policy{Expires: time.Now().Add(24 * time.Hour)}
	if resource != "" {
		policy.Resource = prefix + resource
	}
	signed, err := s.Signer.SignURL(prefix+path, policy)
	if err != nil {
		return Target{}, err
	}
	t.Path = signed[len(prefix):]
	return t, nil
}
