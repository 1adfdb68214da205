package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/spf13/cobra"

	"github.com/warmfront/warmfront/internal/config"
	"github.com/warmfront/warmfront/internal/datadir"
)

// client reaches a running server with the root access key of its data directory, or with the
// access key in the environment.
type client struct {
	dir       datadir.Dir
	endpoints datadir.Endpoints
	aws       aws.Config
}

// clientFlags are what commands that talk to a server share.
type clientFlags struct{ data, api string }

func (f *clientFlags) bind(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.data, "data", config.Default().Data, "data `directory` of the server")
	cmd.Flags().StringVar(&f.api, "api", "", "`URL` of the AWS endpoint, if not the one the server recorded")
}

// open reads the access key and the endpoints of the server's data directory.
func (f *clientFlags) open() (*client, error) {
	abs, err := filepath.Abs(f.data)
	if err != nil {
		return nil, err
	}
	dir := datadir.Dir(abs)
	key, token, err := accessKeyOf(dir)
	if err != nil {
		return nil, err
	}
	endpoints, err := dir.ReadEndpoints()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if endpoints.API == "" {
		endpoints.API, endpoints.Region = "http://"+config.Default().API, config.Default().Region
	}
	if f.api != "" {
		endpoints.API = strings.TrimSuffix(f.api, "/")
	}
	return &client{dir: dir, endpoints: endpoints, aws: aws.Config{
		Region:       endpoints.Region,
		Credentials:  credentials.NewStaticCredentialsProvider(key.AccessKeyID, key.SecretAccessKey, token),
		BaseEndpoint: aws.String(endpoints.API),
	}}, nil
}

// accessKeyOf is the root key of a data directory; without one, as on another machine than the
// server's, the key in the environment, which may be a temporary one.
func accessKeyOf(dir datadir.Dir) (key datadir.RootKey, token string, err error) {
	key, err = dir.RootKey()
	fromEnv := datadir.RootKey{AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY")}
	if errors.Is(err, datadir.ErrNoRootKey) && fromEnv.AccessKeyID != "" && fromEnv.SecretAccessKey != "" {
		return fromEnv, os.Getenv("AWS_SESSION_TOKEN"), nil
	}
	return key, "", err
}

// ping reports in one sentence when no server answers.
func (c *client) ping(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.endpoints.API+"/healthz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("no server answers at %s: is `warmfront serve` running? (%w)", c.endpoints.API, err)
	}
	return resp.Body.Close()
}

func (c *client) s3() *s3.Client {
	return s3.NewFromConfig(c.aws, func(o *s3.Options) { o.UsePathStyle = true })
}

func (c *client) cloudfront() *cloudfront.Client { return cloudfront.NewFromConfig(c.aws) }

// ops calls Warmfront's own endpoint: in is sent as JSON unless nil, the answer is decoded
// into out unless nil.
func (c *client) ops(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, c.endpoints.API+"/_warmfront/v1"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	creds, err := c.aws.Credentials.Retrieve(ctx)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, creds, req, hex.EncodeToString(sum[:]), "warmfront", c.endpoints.Region, time.Now()); err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("no server answers at %s: %w", c.endpoints.API, err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		var refusal struct{ Code, Message string }
		if json.Unmarshal(data, &refusal) == nil && refusal.Code != "" {
			return fmt.Errorf("%s: %s", refusal.Code, refusal.Message)
		}
		return fmt.Errorf("%s %s: %s", method, path, resp.Status)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(data, out)
}
