package conformance

import (
	"crypto"
	"crypto/rsa"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/cloudfront/sign"

	"github.com/warmfront/warmfront/signedurl"
	"github.com/warmfront/warmfront/test/harness"
)

// thirdParty are the signers people have in production. A signer whose cookies always carry a
// policy is listed with canned ones too: that is what its caller asked for.
var thirdParty = []signer{
	{name: "@aws-sdk/cloudfront-signer", run: nodeAll, can: func(job) bool { return true }},
	{
		name: "aws-sdk", run: nodeAll, can: func(j job) bool { return j.Hash == "" },
		lacks: "always SHA-1",
	},
	{
		name: "aws-cloudfront-sign", run: nodeAll, lacks: "always SHA-1; no start date; no wildcard in URLs, which are signed as they are",
		can: func(j job) bool { return j.Hash == "" && j.Starts == 0 && (j.Resource == "" || j.Kind == "cookies") },
	},
	{
		name: "botocore", run: botocoreAll, can: func(j job) bool { return j.Hash == "" && j.Kind == "url" },
		lacks: "no cookies; no marker for SHA-256",
	},
	{
		name: "aws cloudfront sign", run: awsCLI, lacks: "version 1 has no cookies, no Resource but the URL, RSA and SHA-1 alone",
		can: func(j job) bool { return j.Hash == "" && j.Kind == "url" && j.Resource == "" && j.key == "RSA-2048" },
	},
	{
		name: "aws-sdk-go-v2", run: goSDK, lacks: "always SHA-1; its cookies take RSA keys alone",
		can: func(j job) bool { return j.Hash == "" && (j.key == "RSA-2048" || j.Kind == "url") },
	},
}

// TestSignersAreAdmittedUnchanged signs every kind of policy with every kind of key by the
// signers of others and by examples/, and prints who can do what.
func TestSignersAreAdmittedUnchanged(t *testing.T) {
	t.Parallel()
	w, keys := newSigningSite(t)
	table := &grid{cells: map[string][]byte{}}
	t.Run("signers", func(t *testing.T) {
		for _, s := range append(examples(t), thirdParty...) {
			t.Run(strings.ReplaceAll(s.name, "/", "."), func(t *testing.T) {
				t.Parallel()
				s.does(t, w, keys, table)
			})
		}
	})
	t.Logf("admitted when right, refused when damaged:\n%s%s", table, lacking(thirdParty))
}

// newSigningSite is the modern form of the recipe with one more key group, of an ECDSA key.
func newSigningSite(t *testing.T) (*site, []signingKey) {
	t.Helper()
	keys := []signingKey{{kind: "RSA-2048"}, {kind: "P-256"}}
	w := newSite(t, harness.Start(t), "signers", func(w *site) {
		modern(w)
		keys[0].id, keys[0].older = w.keyID, w.keyFile
		keys[1].older = filepath.Join(w.t.TempDir(), "ec.pem")
		w.Command("openssl", "ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", keys[1].older)
		public := w.Command("openssl", "ec", "-in", keys[1].older, "-pubout")
		var key struct{ PublicKey struct{ Id string } }
		w.awsJSON(&key, "cloudfront", "create-public-key", "--public-key-config",
			w.json(map[string]any{"CallerReference": "ecdsa", "Name": "ecdsa", "EncodedKey": public}))
		keys[1].id = key.PublicKey.Id
		var group struct{ KeyGroup struct{ Id string } }
		w.awsJSON(&group, "cloudfront", "create-key-group", "--key-group-config", "Name=ecdsa,Items="+key.PublicKey.Id)
		trusted := w.behaviorFields["TrustedKeyGroups"].(map[string]any)
		trusted["Quantity"], trusted["Items"] = 2, append(trusted["Items"].([]string), group.KeyGroup.Id)
	})
	for i := range keys {
		keys[i].pkcs8 = keys[i].older + ".pkcs8"
		w.Command("openssl", "pkcs8", "-topk8", "-nocrypt", "-in", keys[i].older, "-out", keys[i].pkcs8)
	}
	w.upload("a/b.txt", "text/plain", []byte("signed\n"))
	w.upload("a/c.txt", "text/plain", []byte("another\n"))
	return w, keys
}

func nodeAll(t *testing.T, w *site, jobs []job) []signed {
	return script(t, w, jobs, "node", "signers/sign.mjs")
}

func botocoreAll(t *testing.T, w *site, jobs []job) []signed {
	return script(t, w, jobs, pythonWith(t, "boto3"), "signers/sign.py")
}

func node(t *testing.T, w *site, j job) signed     { return nodeAll(t, w, []job{j})[0] }
func botocore(t *testing.T, w *site, j job) signed { return botocoreAll(t, w, []job{j})[0] }

func script(t *testing.T, w *site, jobs []job, command ...string) []signed {
	t.Helper()
	out := w.CommandInput(strings.NewReader(w.json(jobs)), command[0], command[1:]...)
	var got []signed
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%s printed %q: %v", command, out, err)
	}
	return got
}

func awsCLI(t *testing.T, w *site, jobs []job) []signed {
	t.Helper()
	var all []signed
	for _, j := range jobs {
		var more []string
		if j.Starts != 0 {
			more = append(more, "--date-greater-than", strconv.FormatInt(j.Starts, 10))
		}
		if j.Address != "" {
			more = append(more, "--ip-address", j.Address)
		}
		all = append(all, signed{URL: w.sign(j.URL, time.Unix(j.Expires, 0), more...)})
	}
	return all
}

func goSDK(t *testing.T, _ *site, jobs []job) []signed {
	t.Helper()
	var all []signed
	for _, j := range jobs {
		key, err := signedurl.ParsePrivateKey([]byte(j.PrivateKey))
		if err != nil {
			t.Fatal(err)
		}
		got, err := goSDKSigns(j, key)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, got)
	}
	return all
}

func goSDKSigns(j job, key crypto.Signer) (signed, error) {
	resource := j.Resource
	if resource == "" {
		resource = j.URL
	}
	policy := sign.NewCannedPolicy(resource, time.Unix(j.Expires, 0))
	if j.Starts != 0 {
		policy.Statements[0].Condition.DateGreaterThan = sign.NewAWSEpochTime(time.Unix(j.Starts, 0))
	}
	if j.Address != "" {
		policy.Statements[0].Condition.IPAddress = &sign.IPAddress{SourceIP: j.Address}
	}
	if j.Kind == "url" {
		var url string
		var err error
		if s := sign.NewURLSigner(j.KeyID, key); j.variant == 'c' {
			url, err = s.Sign(j.URL, time.Unix(j.Expires, 0))
		} else {
			url, err = s.SignWithPolicy(j.URL, policy)
		}
		return signed{URL: url}, err
	}
	cookies, err := sign.NewCookieSigner(j.KeyID, key.(*rsa.PrivateKey)).SignWithPolicy(policy)
	got := signed{Cookies: map[string]any{}}
	for _, c := range cookies {
		got.Cookies[c.Name] = c.Value
	}
	return got, err
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
