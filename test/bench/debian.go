package main

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"github.com/warmfront/warmfront/test/load"
)

// secret is what peers sign with.
const secret = "0123456789abcdef0123456789abcdef"

// recipe is how to start one peer from Debian.
type recipe struct {
	name    string
	command string // the program, whose absence means that the peer is missing
	version []string
	files   map[string]string // configuration, by name in its directory
	args    []string
	worker  string // in the command line of the processes that count; "": the one that was started
	h2, tls bool
	cache   bool
	sign    func(l place, t load.Target) load.Target // nil: it checks no signatures
}

// debianPeers are measured beside Warmfront, nginx first: ratios are to it.
func debianPeers() []recipe {
	return []recipe{
		{
			name: "nginx", command: "nginx", version: []string{"-v"}, h2: true, tls: true, cache: true, sign: signNginx,
			files: map[string]string{"nginx.conf": nginxConfig}, args: []string{"-c", "{dir}/nginx.conf", "-p", "{dir}"}, worker: "nginx: worker",
		},
		{
			name: "Varnish", command: "varnishd", version: []string{"-V"}, cache: true, worker: "varnishd",
			files: map[string]string{"bench.vcl": varnishConfig},
			args:  []string{"-F", "-j", "none", "-n", "{dir}/work", "-a", "127.0.0.1:{http}", "-f", "{dir}/bench.vcl", "-s", "malloc,1g"},
		},
		{
			name: "Traffic Server", command: "traffic_server", version: []string{"--version"}, h2: true, tls: true, cache: true, sign: signTrafficServer,
			files: trafficServerConfig, args: []string{"--run-root={dir}/runroot.yaml"}, worker: "traffic_server",
		},
		{
			name: "Caddy", command: "caddy", version: []string{"version"}, h2: true, tls: true,
			files: map[string]string{"Caddyfile": caddyConfig}, args: []string{"run", "--config", "{dir}/Caddyfile", "--adapter", "caddyfile"}, worker: "caddy",
		},
	}
}

// start starts the peer below dir.
func (r recipe) start(ctx context.Context, dir string, origin int) (*peer, error) {
	p := &peer{name: r.name, h2: r.h2, tls: r.tls, cache: r.cache, signed: r.sign != nil}
	if _, err := exec.LookPath(r.command); err != nil {
		return nil, err
	}
	p.version = versionOf(r.command, r.version...)
	l, err := newPlace(dir, strings.ReplaceAll(strings.ToLower(r.name), " ", "-"), origin)
	if err != nil {
		return nil, err
	}
	for name, text := range r.files {
		if err := l.write(name, text); err != nil {
			return nil, err
		}
	}
	args := make([]string, len(r.args))
	for i, a := range r.args {
		args[i] = l.fill(a)
	}
	if err := p.launch(r.command, args...); err != nil {
		return nil, err
	}
	p.started = strings.ReplaceAll(p.started, l.dir, "DIR")
	p.target = func(secure bool, path string) (load.Target, error) {
		t := l.target(secure, path)
		if r.sign != nil {
			t = r.sign(l, t)
		}
		return t, nil
	}
	if err := p.settle(ctx, l.target(false, "").Address, func(command string) bool { return strings.Contains(command, r.worker) }); err != nil {
		p.stop()
		return nil, err
	}
	return p, nil
}

// signNginx signs as secure_link wants it.
func signNginx(_ place, t load.Target) load.Target {
	expires := time.Now().Add(24 * time.Hour).Unix()
	sum := md5.Sum(fmt.Appendf(nil, "%d%s %s", expires, t.Path, secret))
	t.Path += fmt.Sprintf("?signature=%s&expires=%d", base64.RawURLEncoding.EncodeToString(sum[:]), expires)
	return t
}

// signTrafficServer signs as the plugin url_sig wants it: the URL after mapping.
func signTrafficServer(l place, t load.Target) load.Target {
	t.Path += fmt.Sprintf("?E=%d&A=1&K=0&P=1&S=", time.Now().Add(24*time.Hour).Unix())
	mac := hmac.New(sha1.New, []byte(secret))
	fmt.Fprintf(mac, "127.0.0.1:%d%s", l.origin, t.Path)
	t.Path += hex.EncodeToString(mac.Sum(nil))
	return t
}

var versionNumber = regexp.MustCompile(`[0-9]+\.[0-9]+[-.0-9a-z+~]*`)

func versionOf(command string, args ...string) string {
	out, err := exec.Command(command, args...).CombinedOutput()
	if err != nil && len(out) == 0 {
		return "of unknown version"
	}
	if v := versionNumber.Find(out); v != nil {
		return string(v)
	}
	fields := strings.Fields(string(out))
	return fields[len(fields)-1]
}

// diskRoot is where Caddy, which has no cache, finds the objects as files.
func diskRoot(dir string) string { return dir + "/caddy/files" }

// writeFiles makes the objects' files for it.
func writeFiles(dir string, paths []object) error {
	for _, o := range paths {
		name := diskRoot(dir) + o.path
		if err := os.MkdirAll(name[:strings.LastIndexByte(name, '/')], 0o755); err != nil {
			return err
		}
		f, err := os.Create(name)
		if err != nil {
			return err
		}
		if _, err := io.Copy(f, load.Content(o.size).Reader()); err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}
