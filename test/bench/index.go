package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// index rewrites the list of results in the README of the report's directory, if it has one.
func (r *report) index() error {
	name := filepath.Join(r.dir, "README.md")
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	head, rest, found := strings.Cut(string(data), "<!-- results -->\n")
	_, tail, closed := strings.Cut(rest, "<!-- end -->")
	if !found || !closed {
		return fmt.Errorf("%s has no place for the results", name)
	}
	var list strings.Builder
	for _, row := range rows() {
		text, err := os.ReadFile(filepath.Join(r.dir, row.name+".md"))
		if err != nil {
			continue // not measured yet
		}
		title, _, _ := strings.Cut(strings.TrimPrefix(string(text), "# "), "\n")
		fmt.Fprintf(&list, "* [%s](%s.md)\n", title, row.name)
	}
	return os.WriteFile(name, []byte(head+"<!-- results -->\n\n"+list.String()+"\n<!-- end -->"+tail), 0o644)
}
