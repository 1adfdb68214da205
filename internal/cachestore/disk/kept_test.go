package disk

import (
	"fmt"
	"os"
	"testing"
)

// prompt opens part 0 of a key without waiting once it has been checked, nil where this kernel or
// file system cannot.
func prompt(t *testing.T, c *Cache, key string) *Part {
	t.Helper()
	f := c.Find(key, 0)
	if f == nil {
		return nil
	}
	checked := func() bool { // of a file that has just been written it is not remembered
		p, err := f.Ref.Open(0)
		if err != nil {
			t.Fatal(err)
		}
		p.Close()
		_, ok := f.Ref.used(f.Ref.file(0))
		return ok
	}
	wait(t, checked)
	return f.Ref.OpenPrompt(0)
}

func isRight(t *testing.T, p *Part, want []byte) {
	t.Helper()
	got := make([]byte, len(want))
	if n, err := p.ReadAt(got, 0); n != len(want) || string(got) != string(want) {
		t.Fatalf("%d bytes that are not the part's, %v", n, err)
	}
}

// Files stay open for the next reader, within a bound, until they are removed.
func TestKeptOpen(t *testing.T) {
	o := quiet(t.TempDir())
	o.OpenFiles = 3
	c := start(t, o)
	k := &c.volumes[0].kept
	open := func() int {
		k.mu.Lock()
		defer k.mu.Unlock()
		return len(k.parts)
	}
	var first *Part
	for i := range 5 {
		key := fmt.Sprint(i)
		save(c, key, 1, 1000)
		a := prompt(t, c, key)
		if a == nil {
			t.Log("nothing can be opened promptly here")
			return
		}
		b := prompt(t, c, key)
		if a != b || open() != min(i+1, 3) {
			t.Fatalf("%s: opened twice %v, %d open", key, a != b, open())
		}
		b.Close()
		if i == 0 {
			first = a
		} else {
			a.Close()
		}
	}
	isRight(t, first, content("0", 1, 1000)) // who holds it can go on
	if first.Close(); first.Hold() {
		t.Fatal("held after it was closed")
	}
	c.Find("4", 0).Ref.Drop()
	wait(t, func() bool { return open() == 2 })
	save(c, "3", 2, 900) // takes the key over
	wait(t, func() bool { return open() == 1 })
	p := prompt(t, c, "3")
	isRight(t, p, content("3", 2, 900))
	p.Close()
	c.Flush()()
	wait(t, func() bool { return open() == 0 })
}

// What is done to a file that is kept open is noticed by the next reader.
func TestKeptOpenAndDamaged(t *testing.T) {
	for what, damage := range map[string]func(name string) error{
		"cut": func(name string) error { return os.Truncate(name, 600) },
		"written to": func(name string) error {
			p, err := os.ReadFile(name)
			p[len(p)-1] ^= 1
			if err == nil {
				err = os.WriteFile(name, p, 0o600)
			}
			return err
		},
		"replaced": func(name string) error {
			if err := os.WriteFile(name+".new", make([]byte, 1200), 0o600); err != nil {
				return err
			}
			return os.Rename(name+".new", name)
		},
		"removed": os.Remove,
	} {
		dir := t.TempDir()
		c := start(t, quiet(dir))
		save(c, "k", 1, 1000)
		p := prompt(t, c, "k")
		if p == nil {
			t.Log("nothing can be opened promptly here")
			return
		}
		p.Close()
		ref := c.Find("k", 0).Ref
		if err := damage(allFiles(dir, false)[0]); err != nil {
			t.Fatal(err)
		}
		if p := ref.OpenPrompt(0); p != nil {
			t.Errorf("%s: opened promptly", what)
		}
		if p, err := ref.Open(0); err == nil {
			isRight(t, p, content("k", 1, 1000))
			t.Errorf("%s: opened", what)
		}
		c.Close()
	}
}

// A sweep sees what is on its way to be written when it begins.
func TestSweepWaitsForWriting(t *testing.T) {
	c := start(t, quiet(t.TempDir()))
	for i := range 50 {
		key := fmt.Sprint(i)
		r := c.Create(key, c.Generation(), 10)
		r.Save(&Head{Key: key, Meta: meta(1, 10), Revision: 1, Length: 10}, 0, content(key, 1, 10), nil)
		if err := c.Sweep(2, func(*Head) bool { return true }); err != nil {
			t.Fatal(err)
		}
		if v, _ := load(t, c, key); v != 0 {
			t.Fatal("found after a sweep of all")
		}
	}
}
