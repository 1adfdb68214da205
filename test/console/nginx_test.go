package console

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/warmfront/warmfront/test/harness"
)

// nginx stands before a server with TLS and passes on what is below its base path, as
// docs/proxy.md has it. It gives the address there.
func nginx(t *testing.T, s *harness.Server) string {
	t.Helper()
	api, err := url.Parse(s.Endpoints.API)
	if err != nil {
		t.Fatal(err)
	}
	// The socket is handed over, so that the port stays this test's.
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	socket, err := ln.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	dir := t.TempDir()
	conf := fmt.Sprintf(nginxConf, ln.Addr(), api.Path, api.Host)
	if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Command("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1",
		"-keyout", filepath.Join(dir, "key.pem"), "-out", filepath.Join(dir, "cert.pem"))
	program, err := exec.LookPath("nginx")
	if err != nil {
		program = "/usr/sbin/nginx" // where Debian puts it, beyond most people's PATH
	}
	cmd := exec.Command(program, "-p", dir, "-e", "error.log", "-c", "nginx.conf")
	cmd.ExtraFiles, cmd.Env = []*os.File{socket}, []string{"NGINX=3;"}
	if err := cmd.Start(); err != nil {
		t.Fatalf("nginx: %v: run scripts/setup.sh test", err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "error.log"))
			t.Logf("nginx: %s", log)
		}
	})
	return "https://" + ln.Addr().String() + api.Path
}

const nginxConf = `
daemon off;
user root; # if it is started by root, as in containers: the directory is ours
worker_processes 1;
pid nginx.pid;
events {}
http {
	access_log off;
	client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
	server {
		listen %s ssl;
		ssl_certificate cert.pem;
		ssl_certificate_key key.pem;
		location ~ ^%s(/|$) {
			proxy_pass http://%s;
			proxy_http_version 1.1;
			proxy_set_header Host $http_host;
			proxy_request_buffering off;
			proxy_buffering off;
			client_max_body_size 0;
		}
	}
}
`
