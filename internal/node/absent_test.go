package node_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/warmfront/warmfront/internal/config"
	"github.com/warmfront/warmfront/internal/nodetest"
)

// Two nodes on one cluster, of which one is away while access is taken back: the revocation is in
// force on the other, distributions are deployed, and the receipt waits until the first returns.
func TestARevocationWaitsForANodeThatIsAway(t *testing.T) {
	t.Parallel()
	short, err := os.MkdirTemp("", "wf")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(short) })
	socket := filepath.Join(short, "etcd:1")
	t.Cleanup(startEtcd(t, filepath.Join(short, "d"), socket).Close)
	options := func() nodetest.Options {
		return nodetest.Options{Dir: t.TempDir(), Settings: func(c *config.Config) { c.EtcdEndpoints = config.List{"unix://" + socket} }, ConfigMaxAge: time.Hour}
	}
	here, there := options(), options()
	a, b := nodetest.Start(t, here), nodetest.Start(t, there)
	id, err := os.ReadFile(filepath.Join(there.Dir, "node.id"))
	if err != nil {
		t.Fatal(err)
	}
	away := strings.TrimSpace(string(id))
	origin := nodetest.NewOrigin(t)
	origin.Reply("", []byte("HTTP/1.1 200 OK\nCache-Control: no-store\n\nhello"))
	b.Stop()
	distribution(t, a, origin.Port) // waits until it is deployed

	var list struct {
		Edges  []struct{ ID string }
		Absent []struct {
			ID           string
			Since, Until *time.Time
		}
	}
	for deadline := time.Now().Add(time.Minute); len(list.Absent) == 0 || list.Absent[0].Since == nil; {
		if ops(t, a, "GET", "/edges", "", &list); time.Now().After(deadline) {
			t.Fatalf("%+v", list)
		}
	}
	if e := list.Absent[0]; len(list.Edges) != 1 || len(list.Absent) != 1 || e.ID != away || e.Until.Sub(*e.Since) != time.Hour {
		t.Fatalf("%+v", list)
	}
	distributions, err := client(a).ListDistributions(t.Context(), nil)
	if err != nil || len(distributions.DistributionList.Items) != 1 {
		t.Fatal(distributions, err)
	}
	var r struct {
		ID      string
		InForce bool
		Receipt struct {
			Completed *time.Time
			Edges     []struct{ Edge string }
			Waiting   []struct{ Edge string }
		}
	}
	ask := func(method, path, body string, ok func() bool) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); ; method, path, body = "GET", "/revocations/"+r.ID, "" {
			if ops(t, a, method, path, body, &r); ok() {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%+v", r)
			}
		}
	}
	until := time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339)
	ask("POST", "/revocations", `{"resource":{"distribution":"`+*distributions.DistributionList.Items[0].Id+`","path":"/*"},"until":"`+until+`"}`, func() bool { return r.InForce })
	if r.Receipt.Completed != nil || len(r.Receipt.Edges) != 1 || len(r.Receipt.Waiting) != 1 || r.Receipt.Waiting[0].Edge != away {
		t.Errorf("%+v", r)
	}
	nodetest.Start(t, there)
	ask("GET", "/revocations/"+r.ID, "", func() bool { return r.Receipt.Completed != nil })
	returned := slices.ContainsFunc(r.Receipt.Edges, func(e struct{ Edge string }) bool { return e.Edge == away })
	if len(r.Receipt.Edges) != 2 || !returned || len(r.Receipt.Waiting) != 0 {
		t.Errorf("%+v", r)
	}
}

// ops calls the operations API and decodes its answer.
func ops(t *testing.T, n *nodetest.Node, method, path, body string, out any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, n.API+"/_warmfront/v1"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(body))
	creds := aws.Credentials{AccessKeyID: n.Root.AccessKeyID, SecretAccessKey: n.Root.SecretAccessKey}
	if err := v4.NewSigner().SignHTTP(context.Background(), creds, req, hex.EncodeToString(sum[:]), "warmfront", "us-east-1", time.Now()); err != nil {
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
	if err := json.Unmarshal(answer, out); err != nil || resp.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %s (%v)", method, path, resp.StatusCode, answer, err)
	}
}
