package harness

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"
)

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
