package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/warmfront/warmfront/test/load"
)

// place is what a peer from Debian is configured with.
type place struct {
	dir         string // of its own
	http, https int    // ports
	origin      int    // port of the origin
}

// fill puts the place into a configuration's text.
func (l place) fill(text string) string {
	return strings.NewReplacer("{dir}", l.dir, "{http}", fmt.Sprint(l.http), "{https}", fmt.Sprint(l.https),
		"{origin}", fmt.Sprint(l.origin), "{secret}", secret).Replace(text)
}

// write makes a configuration file in the place.
func (l place) write(name, text string) error {
	name = filepath.Join(l.dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(l.fill(text)), 0o644)
}

// target is a request at the place, unsigned.
func (l place) target(secure bool, path string) load.Target {
	t := load.Target{Scheme: "http", Address: fmt.Sprintf("127.0.0.1:%d", l.http), Path: path}
	if secure {
		t.Scheme, t.Address = "https", fmt.Sprintf("127.0.0.1:%d", l.https)
	}
	t.Host = t.Address
	return t
}

// newPlace makes a directory below dir that workers under other users can read, with a
// certificate, and reserves ports.
func newPlace(dir, name string, origin int) (place, error) {
	l := place{dir: filepath.Join(dir, name), origin: origin}
	for _, port := range []*int{&l.http, &l.https} {
		var err error
		if *port, err = freePort(); err != nil {
			return l, err
		}
	}
	for _, d := range []string{dir, l.dir} {
		if err := errors.Join(os.MkdirAll(d, 0o755), os.Chmod(d, 0o755)); err != nil {
			return l, err
		}
	}
	return l, writeCertificate(l.dir)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
