package conformance

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/warmfront/warmfront/test/harness"
)

// serveFails runs `warmfront serve`, which must fail with exit code 1 and one sentence.
func serveFails(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, harness.Binary(t), append([]string{"serve"}, args...)...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	cmd.Run()
	if code := cmd.ProcessState.ExitCode(); code != 1 {
		t.Errorf("serve %v: exit code %d", args, code)
	}
	text := strings.TrimSuffix(errOut.String(), "\n")
	if out.Len() > 0 || text == "" || strings.Contains(text, "\n") || strings.Contains(text, "goroutine") {
		t.Errorf("serve %v: not one sentence: %q %q", args, out.String(), text)
	}
	return text
}

func TestServeSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	loopback := []string{"--api", "127.0.0.1:0", "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"}
	expect := func(want string, args ...string) {
		t.Helper()
		if got := serveFails(t, append(append([]string(nil), loopback...), args...)...); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q in it", got, want)
		}
	}
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	for _, flag := range []string{"--api", "--http", "--https"} {
		expect(busy.Addr().String(), "--data", t.TempDir(), flag, busy.Addr().String())
	}
	expect("the port is in use by another program", "--data", t.TempDir(), "--api", busy.Addr().String())

	s := harness.Start(t)
	expect("data directory "+string(s.Dir)+" is in use by another process", "--data", string(s.Dir))

	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	expect("is not a directory", "--data", file)
	expect("cannot be created", "--data", filepath.Join(file, "below"))
	expect("TLS", "--data", t.TempDir(), "--api", "0.0.0.0:0")
	expect(`--account-id "1" is not 12 digits`, "--data", t.TempDir(), "--account-id", "1")
	expect("no-such-folder", "--data", t.TempDir(), "--init", "no-such-folder")

	damaged := harness.Start(t)
	damaged.Stop()
	db := filepath.Join(damaged.Dir.State(), "etcd", "member", "snap", "db")
	if err := os.WriteFile(db, []byte(strings.Repeat("not a database ", 4096)), 0o600); err != nil {
		t.Fatal(err)
	}
	expect("damaged", "--data", string(damaged.Dir))
}

func TestServeRestartsOnItsDirectory(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	s.AWS("s3", "mb", "s3://kept")
	root := s.Root
	s.Stop()
	if code := s.ExitCode(); code != 0 {
		t.Errorf("exit code %d after SIGTERM:\n%s", code, s.Log())
	}
	s.Run()
	if s.Root != root {
		t.Error("the root access key has changed")
	}
	if out := s.AWS("s3", "ls"); !strings.Contains(out, "kept") {
		t.Errorf("buckets after the restart: %s", out)
	}
}

func TestInitRunsOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"10-bucket.sh":             "aws --endpoint-url \"$AWS_ENDPOINT_URL\" s3 mb s3://seeded\necho once >>\"$WARMFRONT_DATA/ran\"\n",
		"20-s3api.put-object.json": `{"Bucket": "seeded", "Key": "a.txt"}`,
		"30-cloudfront.create-cloud-front-origin-access-identity.json": `{"CloudFrontOriginAccessIdentityConfig": {"CallerReference": "seed", "Comment": "seeded"}}`,
		"notes.txt": "ignored\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := harness.Start(t, "--init", dir)
	if out := s.AWS("s3", "ls", "s3://seeded"); !strings.Contains(out, "a.txt") {
		t.Errorf("the seeded bucket holds %q", out)
	}
	if out := s.AWS("cloudfront", "list-cloud-front-origin-access-identities"); !strings.Contains(out, "seeded") {
		t.Errorf("identities: %s", out)
	}
	s.Stop()
	s.Run()
	if ran := readFile(t, filepath.Join(string(s.Dir), "ran")); ran != "once\n" {
		t.Errorf("the script has run %q", ran)
	}

	if err := os.WriteFile(filepath.Join(dir, "40-fails.sh"), []byte("exit 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Stop()
	got := serveFails(t, "--data", string(s.Dir), "--api", "127.0.0.1:0", "--http", "127.0.0.1:0", "--https", "127.0.0.1:0", "--init", dir, "--log-level", "error")
	if !strings.Contains(got, "init file 40-fails.sh: exit status 3") {
		t.Errorf("a failing init file: %s", got)
	}
}
