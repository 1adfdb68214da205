// Package harness runs the built warmfront binary for end-to-end tests, with real clients
// around it.
package harness

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/datadir"
)

// binary is built once per test process, so that no test runs a stale one.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "warmfront-test-")
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "warmfront")
	out, err := exec.Command("go", "build", "-o", name, "github.com/warmfront/warmfront/cmd/warmfront").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return name, nil
})

// Main runs the tests and removes the binary; call it from TestMain.
func Main(m *testing.M) {
	code := m.Run()
	if name, err := binary(); err == nil {
		os.RemoveAll(filepath.Dir(name))
	}
	os.Exit(code)
}

// Server is one running warmfront process.
type Server struct {
	Dir       datadir.Dir
	Endpoints datadir.Endpoints
	Root      datadir.RootKey

	t      testing.TB
	home   string
	args   []string
	cmd    *exec.Cmd
	exited chan struct{}
	log    *tail
}

// Start serves a fresh directory on loopback ports of its own; flags are further arguments of
// `warmfront serve`. The server is stopped when the test ends.
func Start(t testing.TB, flags ...string) *Server {
	t.Helper()
	s := &Server{t: t, Dir: datadir.Dir(t.TempDir()), home: t.TempDir(), args: flags}
	s.Run()
	t.Cleanup(func() {
		s.Stop()
		if t.Failed() {
			t.Logf("server log:\n%s", s.log)
		}
	})
	return s
}

// Binary is the path of the built command.
func Binary(t testing.TB) string {
	t.Helper()
	name, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// Run starts the process (again) on the server's directory and waits until it is ready.
func (s *Server) Run() {
	s.t.Helper()
	args := append([]string{"serve", "--data", string(s.Dir), "--api", "127.0.0.1:0", "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"}, s.args...)
	s.cmd = exec.Command(Binary(s.t), args...)
	s.cmd.Env = s.Env()
	s.log = &tail{}
	s.cmd.Stderr = s.log
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.exited = make(chan struct{})
	ready := make(chan bool, 1)
	go func() {
		lines := bufio.NewScanner(stdout)
		ready <- lines.Scan() && strings.HasPrefix(lines.Text(), "warmfront is ready")
		for lines.Scan() {
			fmt.Fprintln(s.log, lines.Text())
		}
		s.cmd.Wait()
		close(s.exited)
	}()
	select {
	case ok := <-ready:
		if !ok {
			<-s.exited
			s.t.Fatalf("warmfront did not get ready:\n%s", s.log)
		}
	case <-time.After(30 * time.Second):
		s.cmd.Process.Kill()
		s.t.Fatalf("warmfront was not ready after 30 s:\n%s", s.log)
	}
	if s.Endpoints, err = s.Dir.ReadEndpoints(); err != nil {
		s.t.Fatal(err)
	}
	if s.Root, err = s.Dir.RootKey(); err != nil {
		s.t.Fatal(err)
	}
}

// Stop ends the process by SIGTERM, if it runs.
func (s *Server) Stop() {
	s.t.Helper()
	s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.exited:
	case <-time.After(20 * time.Second):
		s.cmd.Process.Kill()
		<-s.exited
		s.t.Errorf("warmfront did not stop within 20 s of SIGTERM:\n%s", s.log)
	}
}

// Kill ends the process by SIGKILL.
func (s *Server) Kill() {
	s.cmd.Process.Kill()
	<-s.exited
}

// ExitCode waits for the process to end and reports its exit code.
func (s *Server) ExitCode() int {
	<-s.exited
	return s.cmd.ProcessState.ExitCode()
}

// Log is the last of what the server wrote to standard error.
func (s *Server) Log() string { return s.log.String() }

// Env is the environment of clients: the root access key, the endpoint and an empty home.
func (s *Server) Env() []string {
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.home, "LANG=C.UTF-8",
		"AWS_ACCESS_KEY_ID=" + s.Root.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + s.Root.SecretAccessKey,
		"AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1", "AWS_ENDPOINT_URL=" + s.Endpoints.API,
		"AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=", "WARMFRONT_CA=" + s.Dir.RootCA(),
	}
	for _, name := range []string{"PYENV_ROOT", "PYENV_VERSION", "GOCOVERDIR"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// Command runs a client with the server's environment and returns its standard output; the
// test fails if the client does.
func (s *Server) Command(name string, args ...string) string {
	s.t.Helper()
	out, stderr, err := s.try(nil, name, args...)
	if err != nil {
		s.t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, stderr)
	}
	return out
}

// CommandInput is Command with standard input.
func (s *Server) CommandInput(stdin io.Reader, name string, args ...string) string {
	s.t.Helper()
	out, stderr, err := s.try(stdin, name, args...)
	if err != nil {
		s.t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, stderr)
	}
	return out
}

// Fails runs a client that must fail and returns its standard error.
func (s *Server) Fails(name string, args ...string) string {
	s.t.Helper()
	out, stderr, err := s.try(nil, name, args...)
	if err == nil {
		s.t.Fatalf("%s %s: succeeded:\n%s", name, strings.Join(args, " "), out)
	}
	return stderr
}

func (s *Server) try(stdin io.Reader, name string, args ...string) (stdout, stderr string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env, cmd.Stdin = s.Env(), stdin
	var out, errOut strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err = cmd.Run()
	return out.String(), errOut.String(), err
}

// AWS runs the AWS CLI against the server.
func (s *Server) AWS(args ...string) string {
	s.t.Helper()
	return s.Command("aws", append([]string{"--endpoint-url", s.Endpoints.API, "--output", "json"}, args...)...)
}

// AWSFails runs the AWS CLI, which must fail, and returns its error text.
func (s *Server) AWSFails(args ...string) string {
	s.t.Helper()
	return s.Fails("aws", append([]string{"--endpoint-url", s.Endpoints.API}, args...)...)
}

// HTTPSPort is the port of the TLS viewer address.
func (s *Server) HTTPSPort() string { return port(s.Endpoints.HTTPS) }

// HTTPPort is the port of the clear-text viewer address.
func (s *Server) HTTPPort() string { return port(s.Endpoints.HTTP) }

func port(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Port()
}

// Viewer is a browser-like client that reaches every host name at the server, trusts its
// local CA, neither follows redirects nor undoes compression, and keeps no cookies.
func (s *Server) Viewer() *http.Client {
	s.t.Helper()
	pem, err := os.ReadFile(s.Dir.RootCA())
	if err != nil {
		s.t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	transport := &http.Transport{
		TLSClientConfig:    &tls.Config{RootCAs: roots},
		DisableCompression: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			_, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
		},
	}
	s.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport:     transport,
		Timeout:       time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// tail keeps the last 64 KiB written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if len(t.buf) > 64<<10 {
		t.buf = append([]byte(nil), t.buf[len(t.buf)-64<<10:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.buf)
}
