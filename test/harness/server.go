// Package harness runs the built warmfront binary for end-to-end tests, with real clients
// around it.
package harness

import (
	"bufio"
	"fmt"
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

// PID is the id of the running process.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Log is the last of what the server wrote to standard error.
func (s *Server) Log() string { return s.log.String() }

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
