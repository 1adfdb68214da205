package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
)

// walkBytes is the size up to which a database is read from end to end at start; of larger
// ones only the head is read.
const walkBytes = 256 << 20

// checkDatabase reads etcd's database file. Etcd opens it in a goroutine of its own, where
// damage would end the process instead of being reported. A missing file is fine: etcd makes
// or recovers it.
func checkDatabase(etcdDir string) (err error) {
	path := filepath.Join(etcdDir, "member", "snap", "db")
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	// Damaged page numbers make bbolt panic or point outside the mapped file.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("database %s: %v", path, r)
		}
	}()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, Timeout: time.Second})
	if err != nil {
		return fmt.Errorf("database %s: %w", path, err)
	}
	defer db.Close()
	if info.Size() > walkBytes {
		return nil
	}
	return db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(_ []byte, b *bbolt.Bucket) error {
			return b.ForEach(func(_, _ []byte) error { return nil })
		})
	})
}
