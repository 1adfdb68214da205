package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/warmfront/warmfront/internal/datadir"
	"github.com/warmfront/warmfront/signedurl"
)

// startWarmfront serves the object from a private bucket behind an origin access control and
// a key group, as the recipe does, with HTTP allowed.
func startWarmfront(ctx context.Context, binary, dir string, bodies map[int][]byte) (*peer, error) {
	var addresses [3]string
	for i := range addresses {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		addresses[i] = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	}
	data := datadir.Dir(filepath.Join(dir, "warmfront"))
	process, err := start(binary, "serve", "--data", string(data), "--api", addresses[0], "--http", addresses[1], "--https", addresses[2])
	if err != nil {
		return nil, err
	}
	p := &peer{name: "warmfront", version: binaryVersion(binary), process: process, pids: []int{process.Process.Pid}, targets: map[scenario]target{}}
	err = waitFor(ctx, p.name, func() error {
		resp, err := http.Get("http://" + addresses[0] + "/readyz")
		if err != nil {
			return err
		}
		resp.Body.Close()
		if resp.StatusCode != 200 {
			return fmt.Errorf("readyz says %s", resp.Status)
		}
		return nil
	})
	if err == nil {
		err = p.prepare(ctx, data, addresses, bodies)
	}
	if err != nil {
		p.stop()
		return nil, err
	}
	return p, nil
}

// prepare makes bucket, objects, key and distribution, and signs the URLs. addresses are those
// of the API, HTTP and HTTPS.
func (p *peer) prepare(ctx context.Context, data datadir.Dir, addresses [3]string, bodies map[int][]byte) error {
	root, err := data.RootKey()
	if err != nil {
		return err
	}
	config := aws.Config{
		Region:       "us-east-1",
		Credentials:  credentials.NewStaticCredentialsProvider(root.AccessKeyID, root.SecretAccessKey, ""),
		BaseEndpoint: aws.String("http://" + addresses[0]),
	}
	store := s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true })
	cf := cloudfront.NewFromConfig(config)

	bucket := aws.String("films")
	if _, err := store.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: bucket}); err != nil {
		return err
	}
	for size, body := range bodies {
		_, err = store.PutObject(ctx, &s3.PutObjectInput{
			Bucket: bucket, Key: aws.String(fmt.Sprintf("film/%d", size)), Body: bytes.NewReader(body), ContentType: aws.String("application/octet-stream"),
		})
		if err != nil {
			return err
		}
	}
	signer, group, err := makeKey(ctx, cf)
	if err != nil {
		return err
	}
	d, err := makeDistribution(ctx, cf, group)
	if err != nil {
		return err
	}
	policy := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudfront.amazonaws.com"},`+
		`"Action":"s3:GetObject","Resource":"arn:aws:s3:::films/*","Condition":{"StringEquals":{"AWS:SourceArn":"%s"}}}]}`, *d.ARN)
	if _, err := store.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: bucket, Policy: &policy}); err != nil {
		return err
	}
	waiter := cloudfront.NewDistributionDeployedWaiter(cf)
	if err := waiter.Wait(ctx, &cloudfront.GetDistributionInput{Id: d.Id}, 2*time.Minute); err != nil {
		return err
	}
	for _, s := range scenarios {
		scheme, address := "http", addresses[1]
		if s.tls {
			scheme, address = "https", addresses[2]
		}
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return err
		}
		host := *d.DomainName + ":" + port
		signed, err := signer.SignURL(fmt.Sprintf("%s://%s/film/%d", scheme, host, s.size), signedurl.Policy{Expires: time.Now().Add(24 * time.Hour)})
		if err != nil {
			return err
		}
		p.targets[s] = target{url: strings.Replace(signed, host, address, 1), host: host}
	}
	return nil
}

func makeKey(ctx context.Context, cf *cloudfront.Client) (*signedurl.Signer, string, error) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, "", err
	}
	spki, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		return nil, "", err
	}
	public := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}))
	key, err := cf.CreatePublicKey(ctx, &cloudfront.CreatePublicKeyInput{PublicKeyConfig: &cftypes.PublicKeyConfig{
		CallerReference: aws.String("bench"), Name: aws.String("bench"), EncodedKey: &public,
	}})
	if err != nil {
		return nil, "", err
	}
	group, err := cf.CreateKeyGroup(ctx, &cloudfront.CreateKeyGroupInput{KeyGroupConfig: &cftypes.KeyGroupConfig{
		Name: aws.String("bench"), Items: []string{*key.PublicKey.Id},
	}})
	if err != nil {
		return nil, "", err
	}
	return &signedurl.Signer{KeyID: *key.PublicKey.Id, PrivateKey: private}, *group.KeyGroup.Id, nil
}

func makeDistribution(ctx context.Context, cf *cloudfront.Client, group string) (*cftypes.Distribution, error) {
	oac, err := cf.CreateOriginAccessControl(ctx, &cloudfront.CreateOriginAccessControlInput{
		OriginAccessControlConfig: &cftypes.OriginAccessControlConfig{
			Name:                          aws.String("bench"),
			OriginAccessControlOriginType: cftypes.OriginAccessControlOriginTypesS3,
			SigningBehavior:               cftypes.OriginAccessControlSigningBehaviorsAlways,
			SigningProtocol:               cftypes.OriginAccessControlSigningProtocolsSigv4,
		},
	})
	if err != nil {
		return nil, err
	}
	out, err := cf.CreateDistribution(ctx, &cloudfront.CreateDistributionInput{DistributionConfig: &cftypes.DistributionConfig{
		CallerReference: aws.String("bench"), Comment: aws.String(""), Enabled: aws.Bool(true),
		Origins: &cftypes.Origins{Quantity: aws.Int32(1), Items: []cftypes.Origin{{
			Id: aws.String("films"), DomainName: aws.String("films.s3.amazonaws.com"),
			OriginAccessControlId: oac.OriginAccessControl.Id,
			S3OriginConfig:        &cftypes.S3OriginConfig{OriginAccessIdentity: aws.String("")},
		}}},
		DefaultCacheBehavior: &cftypes.DefaultCacheBehavior{
			TargetOriginId: aws.String("films"), ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyAllowAll,
			CachePolicyId:    aws.String("658327ea-f89d-4fab-a63d-7e88639e58f6"), // Managed-CachingOptimized
			TrustedKeyGroups: &cftypes.TrustedKeyGroups{Enabled: aws.Bool(true), Quantity: aws.Int32(1), Items: []string{group}},
		},
	}})
	if err != nil {
		return nil, err
	}
	return out.Distribution, nil
}

func binaryVersion(binary string) string {
	out, err := exec.Command(binary, "--version").Output()
	if err != nil {
		return "unknown"
	}
	fields := strings.Fields(string(out))
	return fields[len(fields)-1]
}
