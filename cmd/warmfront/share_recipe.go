package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/warmfront/warmfront/signedurl"
)

// managedCachingOptimized is the id of CloudFront's managed policy Managed-CachingOptimized.
const managedCachingOptimized = "658327ea-f89d-4fab-a63d-7e88639e58f6"

// recipe makes, or finds again, everything a shared file needs. Its resources are named
// after the bucket, so that two buckets never share a key.
type recipe struct {
	client *client
	bucket string
	keyDir string
	notes  io.Writer // one line for each thing made

	signer         *signedurl.Signer
	distributionID string
	domain         string
}

func (r *recipe) prepare(ctx context.Context) error {
	if err := r.makeBucket(ctx); err != nil {
		return fmt.Errorf("bucket %s: %w", r.bucket, err)
	}
	oac, err := r.makeAccessControl(ctx)
	if err != nil {
		return fmt.Errorf("origin access control: %w", err)
	}
	keyID, err := r.makeKey(ctx)
	if err != nil {
		return fmt.Errorf("public key: %w", err)
	}
	group, err := r.makeKeyGroup(ctx, keyID)
	if err != nil {
		return fmt.Errorf("key group: %w", err)
	}
	arn, err := r.makeDistribution(ctx, oac, group)
	if err != nil {
		return fmt.Errorf("distribution: %w", err)
	}
	if err := r.grantRead(ctx, arn); err != nil {
		return fmt.Errorf("bucket policy: %w", err)
	}
	return nil
}

func (r *recipe) made(what, id string) { fmt.Fprintf(r.notes, "created %s %s\n", what, id) }

func (r *recipe) makeBucket(ctx context.Context) error {
	_, err := r.client.s3().HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &r.bucket})
	if _, missing := errors.AsType[*s3types.NotFound](err); !missing {
		return err
	}
	in := &s3.CreateBucketInput{Bucket: &r.bucket}
	if region := r.client.aws.Region; region != "us-east-1" {
		in.CreateBucketConfiguration = &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(region)}
	}
	if _, err := r.client.s3().CreateBucket(ctx, in); err != nil {
		return err
	}
	r.made("private bucket", r.bucket)
	return nil
}

func (r *recipe) makeAccessControl(ctx context.Context) (string, error) {
	cf := r.client.cloudfront()
	pages := cloudfront.NewListOriginAccessControlsPaginator(cf, &cloudfront.ListOriginAccessControlsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", err
		}
		for _, oac := range page.OriginAccessControlList.Items {
			if aws.ToString(oac.Name) == r.bucket {
				return aws.ToString(oac.Id), nil
			}
		}
	}
	out, err := cf.CreateOriginAccessControl(ctx, &cloudfront.CreateOriginAccessControlInput{
		OriginAccessControlConfig: &cftypes.OriginAccessControlConfig{
			Name:                          &r.bucket,
			OriginAccessControlOriginType: cftypes.OriginAccessControlOriginTypesS3,
			SigningBehavior:               cftypes.OriginAccessControlSigningBehaviorsAlways,
			SigningProtocol:               cftypes.OriginAccessControlSigningProtocolsSigv4,
		},
	})
	if err != nil {
		return "", err
	}
	r.made("origin access control", *out.OriginAccessControl.Id)
	return *out.OriginAccessControl.Id, nil
}

// makeKey finds a private key in the key directory that the server knows the public half of,
// or makes one.
func (r *recipe) makeKey(ctx context.Context) (string, error) {
	dir, err := r.keys()
	if err != nil {
		return "", err
	}
	files, err := filepath.Glob(filepath.Join(dir, "K*.pem"))
	if err != nil {
		return "", err
	}
	for _, file := range files {
		id := filepath.Base(file[:len(file)-len(".pem")])
		_, err := r.client.cloudfront().GetPublicKey(ctx, &cloudfront.GetPublicKeyInput{Id: &id})
		if _, gone := errors.AsType[*cftypes.NoSuchPublicKey](err); gone {
			continue // of another server, or deleted
		}
		if err != nil {
			return "", err
		}
		return id, r.loadSigner(id, file)
	}
	private, public, err := newRSAKeyPair()
	if err != nil {
		return "", err
	}
	name := r.bucket + "-" + strconv.FormatInt(time.Now().UnixMilli(), 36)
	out, err := r.client.cloudfront().CreatePublicKey(ctx, &cloudfront.CreatePublicKeyInput{
		PublicKeyConfig: &cftypes.PublicKeyConfig{CallerReference: &name, Name: &name, EncodedKey: aws.String(string(public))},
	})
	if err != nil {
		return "", err
	}
	id := *out.PublicKey.Id
	file := filepath.Join(dir, id+".pem")
	if err := writeNew(file, private, 0o600); err != nil {
		return "", err
	}
	r.made("public key", id+" (private half in "+file+")")
	return id, r.loadSigner(id, file)
}

// keys is the directory of this server's and bucket's private keys, made if missing.
func (r *recipe) keys() (string, error) {
	dir := r.keyDir
	if dir == "" {
		base, err := os.UserConfigDir()
		if err != nil {
			return "", fmt.Errorf("no place for the private key, use --key-dir: %w", err)
		}
		dir = filepath.Join(base, "warmfront", r.bucket)
	}
	return dir, os.MkdirAll(dir, 0o700)
}

func (r *recipe) loadSigner(id, file string) error {
	pem, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	key, err := signedurl.ParsePrivateKey(pem)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	r.signer = &signedurl.Signer{KeyID: id, PrivateKey: key}
	return nil
}

// makeKeyGroup makes the group, or adds the key to it.
func (r *recipe) makeKeyGroup(ctx context.Context, keyID string) (string, error) {
	cf := r.client.cloudfront()
	var marker *string
	for {
		page, err := cf.ListKeyGroups(ctx, &cloudfront.ListKeyGroupsInput{Marker: marker})
		if err != nil {
			return "", err
		}
		for _, item := range page.KeyGroupList.Items {
			if aws.ToString(item.KeyGroup.KeyGroupConfig.Name) == r.bucket {
				return *item.KeyGroup.Id, r.addToGroup(ctx, *item.KeyGroup.Id, keyID)
			}
		}
		if marker = page.KeyGroupList.NextMarker; marker == nil {
			break
		}
	}
	out, err := cf.CreateKeyGroup(ctx, &cloudfront.CreateKeyGroupInput{
		KeyGroupConfig: &cftypes.KeyGroupConfig{Name: &r.bucket, Items: []string{keyID}},
	})
	if err != nil {
		return "", err
	}
	r.made("key group", *out.KeyGroup.Id)
	return *out.KeyGroup.Id, nil
}

func (r *recipe) addToGroup(ctx context.Context, groupID, keyID string) error {
	cf := r.client.cloudfront()
	group, err := cf.GetKeyGroupConfig(ctx, &cloudfront.GetKeyGroupConfigInput{Id: &groupID})
	if err != nil || slices.Contains(group.KeyGroupConfig.Items, keyID) {
		return err
	}
	group.KeyGroupConfig.Items = append(group.KeyGroupConfig.Items, keyID)
	_, err = cf.UpdateKeyGroup(ctx, &cloudfront.UpdateKeyGroupInput{Id: &groupID, IfMatch: group.ETag, KeyGroupConfig: group.KeyGroupConfig})
	return err
}

// grantRead adds to the bucket policy that the distribution may read, unless it is there.
func (r *recipe) grantRead(ctx context.Context, distributionARN string) error {
	policy := struct {
		Version   string
		Statement []json.RawMessage
	}{Version: "2012-10-17"}
	sid := "AllowDistribution"
	grant, err := json.Marshal(map[string]any{
		"Sid": sid, "Effect": "Allow", "Principal": map[string]string{"Service": "cloudfront.amazonaws.com"},
		"Action": "s3:GetObject", "Resource": "arn:aws:s3:::" + r.bucket + "/*",
		"Condition": map[string]any{"StringEquals": map[string]string{"AWS:SourceArn": distributionARN}},
	})
	if err != nil {
		return err
	}
	old, err := r.client.s3().GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &r.bucket})
	if err == nil {
		if err := json.Unmarshal([]byte(*old.Policy), &policy); err != nil {
			return fmt.Errorf("existing policy of %s: %w", r.bucket, err)
		}
	} else if apiErr, ok := errors.AsType[smithy.APIError](err); !ok || apiErr.ErrorCode() != "NoSuchBucketPolicy" {
		return err
	}
	for _, statement := range policy.Statement {
		if string(statement) == string(grant) {
			return nil
		}
	}
	policy.Statement = append(policy.Statement, grant)
	text, err := json.Marshal(policy)
	if err != nil {
		return err
	}
	_, err = r.client.s3().PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &r.bucket, Policy: aws.String(string(text))})
	return err
}
