package conformance

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/warmfront/warmfront/test/harness"
)

// receipt is how a change reached the edges, as the operations API tells it.
type receipt struct {
	Action    string
	Strict    bool
	Completed *time.Time
	Edges     []struct {
		Edge         string
		Milliseconds float64
	}
	Absent  []string
	Waiting []struct{ Edge string }
}

// ops calls the operations API.
func ops(t *testing.T, s *harness.Server, method, path, body string, out any) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.Endpoints.API+"/_warmfront/v1"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(body))
	creds := aws.Credentials{AccessKeyID: s.Root.AccessKeyID, SecretAccessKey: s.Root.SecretAccessKey}
	if err := v4.NewSigner().SignHTTP(t.Context(), creds, req, hex.EncodeToString(sum[:]), "warmfront", "us-east-1", time.Now()); err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if out != nil && resp.StatusCode < 300 {
		if err := json.Unmarshal(answer, out); err != nil {
			t.Fatalf("%s: %v", answer, err)
		}
	}
	return resp.StatusCode
}

// completed asks until the newest receipt of a record is completed.
func completed(t *testing.T, s *harness.Server, record string) receipt {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		var list struct{ Receipts []receipt }
		if status := ops(t, s, "GET", "/receipts/"+record, "", &list); status != 200 || len(list.Receipts) == 0 {
			t.Fatalf("receipts of %s: %d", record, status)
		}
		if r := list.Receipts[0]; r.Completed != nil {
			return r
		} else if time.Now().After(deadline) {
			t.Fatalf("receipt of %s: %+v", record, r)
		}
	}
}

func goClient(s *harness.Server) *cloudfront.Client {
	return cloudfront.NewFromConfig(aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(s.Endpoints.API),
		Credentials: credentials.NewStaticCredentialsProvider(s.Root.AccessKeyID, s.Root.SecretAccessKey, ""),
	})
}

// TestKeyRemoval takes a key away, a public key out of its key group with AWS's SDK, a key pair
// by deactivating it: the very next request is refused, after a restart and a kill as well.
func TestKeyRemoval(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	for name, tc := range map[string]struct {
		prepare func(*site)
		remove  func(*testing.T, *site) (record string)
	}{
		"modern": {modern, leaveKeyGroup},
		"legacy": {legacy, func(t *testing.T, w *site) string {
			if status := ops(t, s, "PATCH", "/key-pairs/"+w.keyID, `{"active": false}`, nil); status != 200 {
				t.Fatal(status)
			}
			return "key-pair/" + w.keyID
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newSite(t, s, name+"-removal", tc.prepare)
			w.upload("a.txt", "text/plain", []byte("a\n"))
			url := w.sign("https://"+w.domain+"/a.txt", time.Now().Add(time.Hour)) // without a port: it changes
			status := func(what string, want int) {
				t.Helper()
				resp, body := w.get(t, strings.Replace(url, w.domain, w.domain+":"+w.HTTPSPort(), 1))
				if resp.StatusCode != want || want == 403 && string(body) != unknownKey {
					t.Errorf("%s: %d %s, want %d", what, resp.StatusCode, body, want)
				}
			}
			status("before", 200)
			record := tc.remove(t, w)
			status("the very next request", 403)
			r := completed(t, s, record)
			if !r.Strict || r.Action != "update" || len(r.Edges) != 1 || len(r.Absent) != 0 {
				t.Errorf("receipt %+v", r)
			}
			t.Logf("in force after %.1f ms", r.Edges[0].Milliseconds)
			for what, stop := range map[string]func(){"restart": s.Stop, "kill": s.Kill} {
				stop()
				s.Run()
				status("after a "+what, 403)
			}
			if again := completed(t, s, record); !again.Completed.Equal(*r.Completed) {
				t.Errorf("the receipt has changed: %+v", again)
			}
		})
	}
}

// leaveKeyGroup puts another key in the place of the site's in its key group.
func leaveKeyGroup(t *testing.T, w *site) string {
	t.Helper()
	ctx, c := t.Context(), goClient(w.Server)
	public := w.Command("openssl", "rsa", "-in", w.keyFile, "-pubout")
	made, err := c.CreatePublicKey(ctx, &cloudfront.CreatePublicKeyInput{PublicKeyConfig: &cftypes.PublicKeyConfig{
		CallerReference: aws.String("other"), Name: aws.String("other"), EncodedKey: &public,
	}})
	if err != nil {
		t.Fatal(err)
	}
	groups, err := c.ListKeyGroups(ctx, &cloudfront.ListKeyGroupsInput{})
	if err != nil || len(groups.KeyGroupList.Items) != 1 {
		t.Fatal(groups, err)
	}
	id := groups.KeyGroupList.Items[0].KeyGroup.Id
	group, err := c.GetKeyGroup(ctx, &cloudfront.GetKeyGroupInput{Id: id})
	if err != nil {
		t.Fatal(err)
	}
	config := group.KeyGroup.KeyGroupConfig
	config.Items = []string{*made.PublicKey.Id}
	if _, err := c.UpdateKeyGroup(ctx, &cloudfront.UpdateKeyGroupInput{Id: id, IfMatch: group.ETag, KeyGroupConfig: config}); err != nil {
		t.Fatal(err)
	}
	return "key-group/" + *id
}

// TestOneNodeIsNeverStuck kills a node and starts it again, with its id and without: changes that
// take access away are deployed and their receipts completed, for no edge is missing.
func TestOneNodeIsNeverStuck(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	ctx, c := t.Context(), goClient(s)
	made, err := c.CreateDistribution(ctx, &cloudfront.CreateDistributionInput{DistributionConfig: &cftypes.DistributionConfig{
		CallerReference: aws.String("d"), Comment: aws.String(""), Enabled: aws.Bool(true),
		Origins: &cftypes.Origins{Quantity: aws.Int32(1), Items: []cftypes.Origin{{
			Id: aws.String("o"), DomainName: aws.String("films.s3.amazonaws.com"), S3OriginConfig: &cftypes.S3OriginConfig{OriginAccessIdentity: aws.String("")},
		}}},
		DefaultCacheBehavior: &cftypes.DefaultCacheBehavior{
			TargetOriginId: aws.String("o"), ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyAllowAll,
			CachePolicyId: aws.String("658327ea-f89d-4fab-a63d-7e88639e58f6"),
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	id, config, tag := made.Distribution.Id, made.Distribution.DistributionConfig, made.ETag
	update := func(change func()) {
		t.Helper()
		change()
		out, err := goClient(s).UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: id, IfMatch: tag, DistributionConfig: config})
		if err != nil {
			t.Fatal(err)
		}
		tag = out.ETag
	}
	deployed := func() {
		t.Helper()
		if err := cloudfront.NewDistributionDeployedWaiter(goClient(s)).Wait(ctx, &cloudfront.GetDistributionInput{Id: id}, 2*time.Minute); err != nil {
			t.Error(err)
		}
		if r := completed(t, s, "distribution/"+*id); !r.Strict || len(r.Absent) != 0 {
			t.Errorf("receipt %+v", r)
		}
	}
	nodeID := filepath.Join(string(s.Dir), "node.id")
	before, err := os.ReadFile(nodeID)
	if err != nil {
		t.Fatal(err)
	}
	for what, lose := range map[string]bool{"the same id": false, "another id": true} {
		config.Enabled = aws.Bool(true)
		update(func() {})
		update(func() { config.Enabled = aws.Bool(false) }) // the kill may come before it is deployed
		s.Kill()
		if lose {
			if err := os.Remove(nodeID); err != nil {
				t.Fatal(err)
			}
		}
		s.Run()
		deployed()
		update(func() { config.Enabled = aws.Bool(true) })
		update(func() { config.Enabled = aws.Bool(false) })
		deployed()
		after, err := os.ReadFile(nodeID)
		if err != nil || bytes.Equal(before, after) == lose {
			t.Errorf("%s: %s became %s (%v)", what, before, after, err)
		}
		before = after
		edges := strings.Split(strings.TrimSpace(s.Command(harness.Binary(t), "edges", "--data", string(s.Dir))), "\n")
		if len(edges) != 2 || !strings.HasPrefix(edges[1], strings.TrimSpace(string(after))) || !strings.HasSuffix(edges[1], "current") {
			t.Errorf("%s: edges %q", what, edges)
		}
	}
	for _, name := range []string{strings.TrimSpace(string(before)), "nobody"} {
		want := "EdgeIsLive"
		if name == "nobody" {
			want = "NoSuchEdge"
		}
		if out := s.Fails(harness.Binary(t), "edges", "forget", name, "--data", string(s.Dir)); !strings.Contains(out, want) {
			t.Errorf("forget %s: %s", name, out)
		}
	}
}
