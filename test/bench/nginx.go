package main

import (
	"context"
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
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

func startNginx(ctx context.Context, dir string, body []byte) (*peer, error) {
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("ETag", `"one"`)
		w.Write(body)
	}))
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	work := filepath.Join(dir, "nginx")
	if err := os.MkdirAll(work, 0o777); err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return nil, err
	}
	config := filepath.Join(work, "nginx.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, nginxConfig, work, port, origin.URL), 0o644); err != nil {
		return nil, err
	}
	process, err := start("nginx", "-c", config, "-p", work)
	if err != nil {
		return nil, err
	}
	expires := time.Now().Add(24 * time.Hour).Unix()
	sum := md5.Sum(fmt.Appendf(nil, "%d/film.bin secret", expires))
	signature := base64.RawURLEncoding.EncodeToString(sum[:])
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	p := &peer{
		name: "nginx proxy_cache + secure_link", version: nginxVersion(), process: process, host: address,
		url: fmt.Sprintf("http://%s/film.bin?signature=%s&expires=%d", address, signature, expires),
	}
	err = waitFor(ctx, p.name, func() error {
		_, _, _, err := p.get(ctx, p.url)
		return err
	})
	if err != nil {
		p.stop()
		return nil, err
	}
	p.pids, err = children(process.Process.Pid)
	return p, err
}

// children lists the direct children of a process: nginx's workers.
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
		pids = append(pids, child)
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
