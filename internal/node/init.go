package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/warmfront/warmfront/internal/datadir"
)

// initializer runs the set-up files of a folder against the server, each once in the life of
// a data directory, in the order of their names:
//
//	NAME.sh                    is run by sh
//	NN-SERVICE.OPERATION.json  is given to `aws SERVICE OPERATION --cli-input-json`
//
// with the AWS CLI's variables for the server's root key in the environment.
type initializer struct {
	folder string
	dir    datadir.Dir
	env    []string
	api    string
	log    *slog.Logger
	output io.Writer
}

// run runs what has not been run before. The first failure ends it; a later start goes on
// with the file that failed.
func (i *initializer) run(ctx context.Context) error {
	entries, err := os.ReadDir(i.folder)
	if err != nil {
		return fmt.Errorf("init folder: %w", err)
	}
	done, err := i.done()
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() || done[name] {
			continue
		}
		cmd, err := i.command(ctx, name)
		if err != nil {
			return err
		}
		if cmd == nil {
			i.log.Warn("init file ignored: neither .sh nor NN-SERVICE.OPERATION.json", "file", name)
			continue
		}
		began := time.Now()
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("init file %s: %w", name, err)
		}
		i.log.Info("init file done", "file", name, "took", time.Since(began).Round(time.Millisecond))
		done[name] = true
		if err := i.remember(name); err != nil {
			return err
		}
	}
	return nil
}

func (i *initializer) command(ctx context.Context, name string) (*exec.Cmd, error) {
	file := filepath.Join(i.folder, name)
	var cmd *exec.Cmd
	switch filepath.Ext(name) {
	case ".sh":
		cmd = exec.CommandContext(ctx, "sh", file)
	case ".json":
		service, operation, ok := strings.Cut(strings.TrimSuffix(name, ".json"), ".")
		if _, after, numbered := strings.Cut(service, "-"); numbered {
			service = after
		}
		if !ok || service == "" || operation == "" {
			return nil, fmt.Errorf("init file %s: the name must be NN-SERVICE.OPERATION.json, such as 10-s3api.create-bucket.json", name)
		}
		cmd = exec.CommandContext(ctx, "aws", "--endpoint-url", i.api, service, operation, "--cli-input-json", "file://"+file)
	default:
		return nil, nil
	}
	cmd.Dir, cmd.Env = i.folder, append(os.Environ(), i.env...)
	cmd.Stdout, cmd.Stderr = i.output, i.output
	return cmd, nil
}

func (i *initializer) journal() string { return filepath.Join(string(i.dir), "init.done") }

func (i *initializer) done() (map[string]bool, error) {
	done := map[string]bool{}
	data, err := os.ReadFile(i.journal())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for line := range strings.Lines(string(data)) {
		done[strings.TrimSuffix(line, "\n")] = true
	}
	return done, nil
}

func (i *initializer) remember(name string) error {
	f, err := os.OpenFile(i.journal(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(name + "\n")
	return errors.Join(err, f.Sync(), f.Close())
}
