// Package datadir knows the layout of a Warmfront data directory: where each room keeps its
// files, the root access key, and where a running server can be reached.
package datadir

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Dir is the absolute path of a data directory.
type Dir string

// State, Objects, Cache, TLS, Snapshot and NodeKey are the places of the rooms.
func (d Dir) State() string     { return filepath.Join(string(d), "state") }
func (d Dir) Objects() string   { return filepath.Join(string(d), "objects") }
func (d Dir) Cache() string     { return filepath.Join(string(d), "cache") }
func (d Dir) TLS() string       { return filepath.Join(string(d), "tls") }
func (d Dir) RootCA() string    { return filepath.Join(d.TLS(), "root.pem") }
func (d Dir) Snapshot() string  { return filepath.Join(string(d), "snapshot.json") }
func (d Dir) NodeKey() string   { return filepath.Join(string(d), "node.key") }
func (d Dir) RootEnv() string   { return filepath.Join(string(d), "root.env") }
func (d Dir) Endpoints() string { return filepath.Join(string(d), "endpoints.json") }

// Make creates the directory (0700) if it is missing and proves that it can be written.
func (d Dir) Make() error {
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return fmt.Errorf("data directory %s cannot be created: %w", d, reason(err))
	}
	probe, err := os.CreateTemp(string(d), ".probe-*")
	if err != nil {
		return fmt.Errorf("data directory %s is not writable: %w", d, reason(err))
	}
	probe.Close()
	return os.Remove(probe.Name())
}

// reason strips the path from a file error, for sentences that already name it.
func reason(err error) error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return pathErr.Err
	}
	return err
}

// RootKey is the root access key of a server, made at its first start.
type RootKey struct{ AccessKeyID, SecretAccessKey string }

// ErrNoRootKey says that no server has been started on the directory yet.
var ErrNoRootKey = errors.New("no root access key")

// RootKey reads the root access key. The error is ErrNoRootKey if there is none yet.
func (d Dir) RootKey() (RootKey, error) {
	data, err := os.ReadFile(d.RootEnv())
	if errors.Is(err, fs.ErrNotExist) {
		return RootKey{}, fmt.Errorf("%w in %s: has `warmfront serve` been started on it?", ErrNoRootKey, d)
	}
	if err != nil {
		return RootKey{}, fmt.Errorf("root access key: %w", err)
	}
	var k RootKey
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		switch name, value, _ := strings.Cut(strings.TrimSpace(lines.Text()), "="); name {
		case "AWS_ACCESS_KEY_ID":
			k.AccessKeyID = value
		case "AWS_SECRET_ACCESS_KEY":
			k.SecretAccessKey = value
		}
	}
	if k.AccessKeyID == "" || k.SecretAccessKey == "" {
		return RootKey{}, fmt.Errorf("%s is damaged: it must hold AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", d.RootEnv())
	}
	return k, nil
}

// MakeRootKey reads the root access key, or makes and keeps one (0600) if there is none.
func (d Dir) MakeRootKey() (RootKey, error) {
	k, err := d.RootKey()
	if !errors.Is(err, ErrNoRootKey) {
		return k, err
	}
	k = NewRootKey()
	return k, d.PutRootKey(k)
}

// NewRootKey makes a root access key that nobody can guess.
func NewRootKey() RootKey {
	id, secret := make([]byte, 10), make([]byte, 30)
	rand.Read(id)
	rand.Read(secret)
	return RootKey{
		AccessKeyID:     "AKIA" + base32.StdEncoding.EncodeToString(id),
		SecretAccessKey: base64.StdEncoding.EncodeToString(secret),
	}
}

// PutRootKey keeps a root access key (0600) in the place of the one there is.
func (d Dir) PutRootKey(k RootKey) error {
	text := fmt.Sprintf("AWS_ACCESS_KEY_ID=%s\nAWS_SECRET_ACCESS_KEY=%s\n", k.AccessKeyID, k.SecretAccessKey)
	return WriteFile(d.RootEnv(), []byte(text), 0o600)
}

// MakeNodeID reads the id of the directory's node, or makes and keeps one. It stays the same
// over restarts, so that a node that crashed replaces its own record in the state.
func (d Dir) MakeNodeID() (string, error) {
	file := filepath.Join(string(d), "node.id")
	data, err := os.ReadFile(file)
	if err == nil && len(bytes.TrimSpace(data)) > 0 {
		return string(bytes.TrimSpace(data)), nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("node id: %w", err)
	}
	host, err := os.Hostname()
	if err != nil {
		host = "node"
	}
	suffix := make([]byte, 4)
	rand.Read(suffix)
	id := fmt.Sprintf("%s-%x", host, suffix)
	return id, WriteFile(file, []byte(id+"\n"), 0o644)
}

// Endpoints is where a server answers, written when it is ready.
type Endpoints struct {
	API    string `json:"api"`   // http://127.0.0.1:4480
	HTTP   string `json:"http"`  // http://127.0.0.1:8080
	HTTPS  string `json:"https"` // https://127.0.0.1:8443
	Region string `json:"region"`
}

// ReadEndpoints reads where the server last answered; fs.ErrNotExist if it never did.
func (d Dir) ReadEndpoints() (Endpoints, error) {
	var e Endpoints
	data, err := os.ReadFile(d.Endpoints())
	if err != nil {
		return e, err
	}
	if err := json.Unmarshal(data, &e); err != nil {
		return e, fmt.Errorf("%s is damaged: %w", d.Endpoints(), err)
	}
	return e, nil
}

// WriteEndpoints records where the server answers.
func (d Dir) WriteEndpoints(e Endpoints) error {
	data, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	return WriteFile(d.Endpoints(), append(data, '\n'), 0o644)
}

// WriteFile replaces the file name by data, or leaves it as it was: written aside, synced and
// renamed, and the directory synced.
func WriteFile(name string, data []byte, perm fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(perm), f.Sync(), f.Close())
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
