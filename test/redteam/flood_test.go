package redteam

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/warmfront/warmfront/internal/datadir"
	"github.com/warmfront/warmfront/test/harness"
)

// Viewers that only connect must not take the files the state store needs: it would end the
// process. The API goes on meanwhile, and viewers do afterwards.
func TestConnectionFlood(t *testing.T) {
	t.Parallel()
	dir := datadir.Dir(t.TempDir())
	cmd := exec.Command("sh", "-c", `ulimit -n 400 && exec "$0" serve --data "$1" --api 127.0.0.1:0 --http 127.0.0.1:0 --https 127.0.0.1:0`, harness.Binary(t), string(dir))
	var log strings.Builder
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the server: %v\n%.2000s", err, log.String())
		}
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if !strings.HasPrefix(line, "warmfront is ready") {
		t.Fatalf("%q, %v", line, err)
	}
	go io.Copy(io.Discard, out)
	at, err := dir.ReadEndpoints()
	if err != nil {
		t.Fatal(err)
	}
	var flood []net.Conn
	for range 500 {
		for _, address := range []string{at.HTTP, at.HTTPS, at.API} {
			_, address, _ = strings.Cut(address, "://")
			if c, err := net.DialTimeout("tcp", address, time.Second); err == nil {
				flood = append(flood, c)
			}
		}
	}
	for i, c := range flood {
		if i%3 == 2 { // the API's own connections; those of viewers stay
			c.Close()
		}
	}
	await(t, "the API, during a flood of viewers", func() bool {
		return exec.Command(harness.Binary(t), "keypair", "list", "--data", string(dir)).Run() == nil
	})
	for _, c := range flood {
		c.Close()
	}
	client := &http.Client{Timeout: time.Minute}
	await(t, "viewers, after the flood", func() bool {
		resp, err := client.Get(at.HTTP)
		if err != nil {
			return false
		}
		resp.Body.Close()
		return true
	})
}

// await polls for up to a minute.
func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not served", what)
		}
	}
}
