package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/md5"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// nginxConfig is proxy_cache behind secure_link as nginx's documentation shows them, tuned as
// an operator would: one worker, keep-alive, no log on the hit path.
const nginxConfig = `
worker_processes 1;
daemon off;
pid %[1]s/nginx.pid;
error_log stderr crit;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 100000000;
  sendfile on;
  tcp_nopush on;
  open_file_cache max=1000;
  client_body_temp_path %[1]s/body;
  proxy_temp_path %[1]s/temp;
  fastcgi_temp_path %[1]s/fastcgi;
  uwsgi_temp_path %[1]s/uwsgi;
  scgi_temp_path %[1]s/scgi;
  proxy_cache_path %[1]s/cache levels=1:2 keys_zone=hits:10m use_temp_path=off;
  server {
    listen 127.0.0.1:%[2]d;
    listen 127.0.0.1:%[4]d ssl http2;
    ssl_certificate %[1]s/cert.pem;
    ssl_certificate_key %[1]s/key.pem;
    ssl_protocols TLSv1.3;
    location / {
      secure_link $arg_signature,$arg_expires;
      secure_link_md5 "$secure_link_expires$uri secret";
      if ($secure_link != "1") { return 403; }
      proxy_pass %[3]s;
      proxy_cache hits;
      proxy_cache_key $uri;
      proxy_cache_valid 200 1h;
      proxy_ignore_headers Cache-Control Expires;
      add_header X-Cache $upstream_cache_status;
    }
  }
}
`

func startNginx(ctx context.Context, dir string, bodies map[int][]byte) (*peer, error) {
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		size, err := strconv.Atoi(path.Base(r.URL.Path))
		if err != nil || bodies[size] == nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("ETag", `"one"`)
		w.Write(bodies[size])
	}))
	var ports [2]int
	for i := range ports {
		var err error
		if ports[i], err = freePort(); err != nil {
			return nil, err
		}
	}
	work := filepath.Join(dir, "nginx")
	if err := os.MkdirAll(work, 0o777); err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o755); err != nil { // nginx's worker is another user
		return nil, err
	}
	if err := writeCertificate(work); err != nil {
		return nil, err
	}
	config := filepath.Join(work, "nginx.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, nginxConfig, work, ports[0], origin.URL, ports[1]), 0o644); err != nil {
		return nil, err
	}
	process, err := start("nginx", "-c", config, "-p", work)
	if err != nil {
		return nil, err
	}
	p := &peer{name: "nginx proxy_cache + secure_link", version: nginxVersion(), process: process, targets: map[scenario]target{}}
	for _, s := range scenarios {
		p.targets[s] = nginxTarget(s, ports)
	}
	err = waitFor(ctx, p.name, func() error {
		_, _, _, err := get(ctx, p.targets[scenarios[0]])
		return err
	})
	if err != nil {
		p.stop()
		return nil, err
	}
	p.pids, err = children(process.Process.Pid)
	return p, err
}

// nginxTarget signs a request as secure_link wants it.
func nginxTarget(s scenario, ports [2]int) target {
	scheme, port := "http", ports[0]
	if s.tls {
		scheme, port = "https", ports[1]
	}
	expires, file := time.Now().Add(24*time.Hour).Unix(), fmt.Sprintf("/film/%d", s.size)
	sum := md5.Sum(fmt.Appendf(nil, "%d%s secret", expires, file))
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	return target{host: address, url: fmt.Sprintf("%s://%s%s?signature=%s&expires=%d",
		scheme, address, file, base64.RawURLEncoding.EncodeToString(sum[:]), expires)}
}

// writeCertificate makes an ECDSA P-256 certificate, as Warmfront's own are.
func writeCertificate(dir string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "nginx"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(dir, "cert.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}), 0o644),
		os.WriteFile(filepath.Join(dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private}), 0o600))
}

// children lists nginx's workers among the direct children of its master; the cache loader,
// another child, ends by itself after a minute.
func children(pid int) ([]int, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return nil, err
	}
	var pids []int
	for field := range strings.FieldsSeq(string(data)) {
		child, err := strconv.Atoi(field)
		if err != nil {
			return nil, err
		}
		title, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", child))
		if err != nil {
			return nil, err
		}
		if strings.Contains(string(title), "worker process") {
			pids = append(pids, child)
		}
	}
	if len(pids) == 0 {
		return nil, fmt.Errorf("process %d has no workers", pid)
	}
	return pids, nil
}

func nginxVersion() string {
	out, err := exec.Command("nginx", "-v").CombinedOutput()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(strings.TrimPrefix(string(out), "nginx version: "))
}
