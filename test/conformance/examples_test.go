package conformance

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// examples are the programs of examples/, compiled once where their language is. They all take
// the same options and make every kind of signature.
func examples(t *testing.T) []signer {
	t.Helper()
	dir, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	for _, build := range [][]string{
		{"javac", "-d", bin, "java/Sign.java"},
		{"mcs", "-out:" + bin + "/sign.exe", "csharp/Sign.cs"},
		{"go", "build", "-o", bin + "/", "./go/signedurl", "./go/stdlib"},
	} {
		cmd := exec.Command(build[0], build[1:]...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v (scripts/setup.sh test installs what is missing)\n%s", build, err, out)
		}
	}
	var all []signer
	for _, e := range []struct {
		name    string
		command []string
	}{
		{"Java", []string{"java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", bin, "Sign"}}, // the slowest begins first
		{"Python", []string{pythonWith(t, "cryptography"), dir + "/python/sign.py"}},
		{"Node", []string{"node", dir + "/node/sign.mjs"}},
		{"Ruby", []string{"ruby", dir + "/ruby/sign.rb"}},
		{"C#", []string{"mono", bin + "/sign.exe"}},
		{"PHP", []string{"php", dir + "/php/sign.php"}},
		{"Perl", []string{"perl", dir + "/perl/sign.pl"}},
		{"shell", []string{"sh", dir + "/shell/sign.sh"}},
		{"Go, package signedurl", []string{bin + "/signedurl"}},
		{"Go, standard library", []string{bin + "/stdlib"}},
	} {
		all = append(all, signer{name: "examples: " + e.name, pkcs8: true, can: func(job) bool { return true }, run: example(e.command)})
	}
	return all
}

// example runs one process for each signature, as a reader would.
func example(command []string) func(*testing.T, *site, []job) []signed {
	return func(t *testing.T, w *site, jobs []job) []signed {
		t.Helper()
		run := func(j job, more ...string) (string, error) {
			cmd := exec.Command(command[0], slices.Concat(command[1:], j.options(), more)...)
			cmd.Env = w.Env()
			out, err := cmd.Output()
			if failed, ok := errors.AsType[*exec.ExitError](err); ok {
				err = fmt.Errorf("%w: %s", err, failed.Stderr)
			}
			return string(out), err
		}
		for _, mistake := range [][]string{
			{"--url", "https://example.com/a b"},
			{"--url", `https://example.com/"`},
			{"--url", "https://example.com/é"},
			{"--expires", "1900000000000"},
			{"--expires", "tomorrow"},
			{"--hash", "SHA512"},
			{"--key", "absent.pem"},
			{"--nonsense", "1"},
		} {
			if out, err := run(jobs[0], mistake...); err == nil || out != "" {
				t.Errorf("signs although %q: %v %s", mistake, err, out)
			}
		}
		var all []signed
		for _, j := range jobs {
			out, err := run(j)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, readExample(out))
		}
		return all
	}
}

// options is the command line that all examples take.
func (j job) options() []string {
	args := []string{j.Kind, "--url", j.URL, "--key", j.PrivateKeyFile, "--key-id", j.KeyID, "--expires", strconv.FormatInt(j.Expires, 10)}
	if j.Resource != "" {
		args = append(args, "--resource", j.Resource)
	}
	if j.Starts != 0 {
		args = append(args, "--starts", strconv.FormatInt(j.Starts, 10))
	}
	if j.Address != "" {
		args = append(args, "--ip", j.Address)
	}
	if j.Hash != "" {
		args = append(args, "--hash", j.Hash)
	}
	return args
}

// readExample reads a signed URL or a Cookie header.
func readExample(out string) signed {
	line := strings.TrimSpace(out)
	header, ok := strings.CutPrefix(line, "Cookie: ")
	if !ok {
		return signed{URL: line}
	}
	got := signed{Cookies: map[string]any{}}
	for pair := range strings.SplitSeq(header, "; ") {
		name, value, _ := strings.Cut(pair, "=")
		got.Cookies[name] = value
	}
	return got
}
