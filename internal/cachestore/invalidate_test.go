package cachestore

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// CloudFront, "Specify the files to invalidate".
func TestRulesMatch(t *testing.T) {
	plain := Target{DistributionID: "E1", Path: "/img/a.jpg"}
	query := Target{DistributionID: "E1", Path: "/img/a.jpg", Query: "v=1"}
	for _, c := range []struct {
		rule   Rule
		target Target
		tags   []string
		want   bool
	}{
		{Rule{Path: "/img/a.jpg"}, plain, nil, true},
		{Rule{Path: "/img/A.jpg"}, plain, nil, false},
		{Rule{Path: "/img/a.jp"}, plain, nil, false},
		{Rule{Path: "/img/a.jpg"}, query, nil, false},
		{Rule{Path: "/img/a.jpg?v=1"}, query, nil, true},
		{Rule{Path: "/img/a.jpg?v=1"}, plain, nil, false},
		{Rule{Path: "/img/a.jpg?v=2"}, query, nil, false},
		{Rule{Path: "/img/a.jpg*"}, query, nil, true},
		{Rule{Path: "/img/a.jpg*"}, plain, nil, true},
		{Rule{Path: "/img/a.jpg?v*"}, query, nil, true},
		{Rule{Path: "/img/a.jpg?w*"}, query, nil, false},
		{Rule{Path: "/img/a.jpg?*"}, plain, nil, false},
		{Rule{Path: "/img/*"}, plain, nil, true},
		{Rule{Path: "/im*"}, plain, nil, true},
		{Rule{Path: "/*"}, query, nil, true},
		{Rule{Path: "*"}, query, nil, true},
		{Rule{Path: "/img"}, plain, nil, false},
		{Rule{Path: "/img/"}, plain, nil, false},
		{Rule{Path: "/video/*"}, plain, nil, false},
		{Rule{Path: "/img/a.jpg/*"}, plain, nil, false},
		{Rule{Tag: "Product:1"}, plain, []string{"x", "product:1"}, true},
		{Rule{Tag: "product:1"}, plain, []string{"PRODUCT:1"}, true},
		{Rule{Tag: "product"}, plain, []string{"product:1"}, false},
		{Rule{Tag: "product:1"}, plain, nil, false},
	} {
		for _, dist := range []string{"E1", "E2"} {
			s := New(Options{})
			h := head(3)
			h.Tags = c.tags
			put(t, s, "k", c.target, h, []byte("abc"))
			c.rule.DistributionID, c.rule.Revision = dist, 7
			s.Invalidate(c.rule)
			if got, want := s.LookupString("k") == nil, c.want && dist == "E1"; got != want {
				t.Errorf("%+v on %+v %v in %s: void %v, want %v", c.rule, c.target, c.tags, dist, got, want)
			}
			if s.Revision() != 7 {
				t.Errorf("revision %d", s.Revision())
			}
			s.Close()
		}
	}
}

// rule invalidates the target of the tests at a revision.
func rule(revision int64) Rule {
	return Rule{Revision: revision, DistributionID: "E1", Path: "/a"}
}

// wildcard and tagRule invalidate it in the other ways: every head of the tests has the tag.
func wildcard(revision int64) Rule {
	return Rule{Revision: revision, DistributionID: "E1", Path: "/*"}
}

func tagRule(revision int64) Rule {
	return Rule{Revision: revision, DistributionID: "E1", Tag: "Every"}
}

// lead joins and insists on leading.
func lead(t *testing.T, s *Store) *Fill {
	t.Helper()
	f, leader := s.Join("k", target)
	if !leader {
		t.Fatal("Join: follower, want leader")
	}
	return f
}

// fill starts, writes and closes.
func fill(t *testing.T, f *Fill, body string) *Object {
	t.Helper()
	o := f.Start(head(int64(len(body))))
	f.Write([]byte(body))
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return o
}

// expect checks what a Lookup finds; "" is a miss.
func expect(t *testing.T, s *Store, want string) {
	t.Helper()
	o := s.LookupString("k")
	if o == nil {
		if want != "" {
			t.Fatalf("Lookup: miss, want %q", want)
		}
		return
	}
	if p, _ := o.Bytes(); string(p) != want {
		t.Fatalf("Lookup: %q, want %q", p, want)
	}
}

// Interleavings of fills, refreshes and invalidations: whatever was asked of
// the origin before an invalidation is never used for a request after it.
func TestInvalidationInterleavings(t *testing.T) { eachTier(t, testInvalidationInterleavings) }

func testInvalidationInterleavings(t *testing.T, open opener) {
	for name, script := range map[string]func(*testing.T, *Store, func(int64) Rule){
		"fill begun before, ended after": func(t *testing.T, s *Store, rule func(int64) Rule) {
			a := lead(t, s)
			s.Invalidate(rule(5))
			fill(t, a, "old")
			expect(t, s, "")
		},
		"fill started before, ended after": func(t *testing.T, s *Store, rule func(int64) Rule) {
			a := lead(t, s)
			a.Start(head(3))
			s.Invalidate(rule(5))
			expect(t, s, "")
			a.Write([]byte("old"))
			a.Close()
			expect(t, s, "")
		},
		"no joining of an older fill": func(t *testing.T, s *Store, rule func(int64) Rule) {
			a := lead(t, s)
			s.Invalidate(rule(5))
			b := lead(t, s)
			fill(t, b, "new")
			fill(t, a, "old")
			expect(t, s, "new")
		},
		"no joining of an older started fill": func(t *testing.T, s *Store, rule func(int64) Rule) {
			a := lead(t, s)
			a.Start(head(3))
			s.Invalidate(rule(5))
			b := lead(t, s)
			a.Write([]byte("old"))
			a.Close()
			expect(t, s, "")
			fill(t, b, "new")
			expect(t, s, "new")
		},
		"two generations back": func(t *testing.T, s *Store, rule func(int64) Rule) {
			a := lead(t, s)
			s.Invalidate(rule(5))
			b := lead(t, s)
			s.Invalidate(rule(6))
			c := lead(t, s)
			fill(t, b, "b")
			expect(t, s, "")
			fill(t, c, "c")
			fill(t, a, "a")
			expect(t, s, "c")
		},
		"304 overtaken": func(t *testing.T, s *Store, rule func(int64) Rule) {
			fill(t, lead(t, s), "old")
			a := lead(t, s)
			if a.Base() == nil {
				t.Fatal("no base")
			}
			s.Invalidate(rule(5))
			if o := a.Refresh(head(3)); o == nil {
				t.Fatal("the request before the invalidation gets nothing")
			}
			expect(t, s, "")
			if b := lead(t, s); b.Base() != nil {
				t.Fatal("an invalidated object is a base")
			}
		},
		"304 in time, then invalidated": func(t *testing.T, s *Store, rule func(int64) Rule) {
			fill(t, lead(t, s), "old")
			s.Advance(4)
			a := lead(t, s)
			o := a.Refresh(head(3))
			expect(t, s, "old")
			if o.Revision() != 4 {
				t.Fatalf("revision %d, want 4", o.Revision())
			}
			s.Invalidate(rule(5))
			expect(t, s, "")
		},
		"base lost between look-up and join": func(t *testing.T, s *Store, rule func(int64) Rule) {
			fill(t, lead(t, s), "old")
			stale := s.LookupString("k")
			s.Invalidate(rule(5))
			if a := lead(t, s); stale == nil || a.Base() != nil {
				t.Fatal("an invalidated object is a base")
			}
		},
		"refresh of an older base does not hide a newer fill": func(t *testing.T, s *Store, rule func(int64) Rule) {
			fill(t, lead(t, s), "old")
			a := lead(t, s)
			s.Invalidate(rule(5))
			fill(t, lead(t, s), "new")
			a.Refresh(head(3))
			expect(t, s, "new")
		},
		"another path": func(t *testing.T, s *Store, rule func(int64) Rule) {
			a := lead(t, s)
			s.Invalidate(Rule{Revision: 5, DistributionID: "E1", Path: "/b"})
			if b, leader := s.Join("k", target); leader || b != a {
				t.Fatal("an unrelated invalidation parts a fill from its followers")
			}
			fill(t, a, "old")
			expect(t, s, "old")
		},
		"tags not known yet": func(t *testing.T, s *Store, rule func(int64) Rule) {
			a := lead(t, s)
			s.Invalidate(Rule{Revision: 5, DistributionID: "E1", Tag: "T"})
			b := lead(t, s) // a may turn out to carry the tag
			h := head(1)
			h.Tags = []string{"t"}
			a.Start(h)
			a.Write([]byte("a"))
			a.Close()
			expect(t, s, "")
			fill(t, b, "b")
			expect(t, s, "b")
		},
		"tags known": func(t *testing.T, s *Store, rule func(int64) Rule) {
			a := lead(t, s)
			a.Start(head(1))
			s.Invalidate(Rule{Revision: 5, DistributionID: "E1", Tag: "T"})
			if b, leader := s.Join("k", target); leader || b != a {
				t.Fatal("an unrelated tag parts a fill from its followers")
			}
		},
		"one revision, several rules": func(t *testing.T, s *Store, rule func(int64) Rule) {
			fill(t, lead(t, s), "old")
			s.Invalidate(Rule{Revision: 5, DistributionID: "E1", Path: "/b"}, rule(5))
			expect(t, s, "")
			fill(t, lead(t, s), "new")
			s.Invalidate(rule(5)) // told again
			expect(t, s, "new")
		},
		"flush": func(t *testing.T, s *Store, rule func(int64) Rule) {
			s.Advance(90)
			fill(t, lead(t, s), "old")
			a := lead(t, s)
			s.Flush()
			expect(t, s, "")
			if s.Revision() != 0 {
				t.Fatalf("revision %d after Flush", s.Revision())
			}
			b := lead(t, s)
			if b.Base() != nil {
				t.Fatal("a flushed object is a base")
			}
			fill(t, a, "old")
			expect(t, s, "")
			fill(t, b, "new")
			expect(t, s, "new")
			s.Invalidate(rule(1))
			expect(t, s, "")
		},
		"pruning keeps what an older fill needs": func(t *testing.T, s *Store, rule func(int64) Rule) {
			a := lead(t, s)
			s.Invalidate(rule(5))
			s.Advance(9)
			s.PruneRules(9)
			fill(t, a, "old")
			expect(t, s, "")
			s.PruneRules(9)
			if n := s.Stats().Rules; n != 0 {
				t.Fatalf("%d rules left", n)
			}
			expect(t, s, "")
		},
		"pruning removes what it forgets": func(t *testing.T, s *Store, rule func(int64) Rule) {
			fill(t, lead(t, s), "old")
			s.Invalidate(rule(5), Rule{Revision: 5, DistributionID: "E1", Path: "/a*"}, Rule{Revision: 5, DistributionID: "E2", Tag: "t"})
			s.PruneRules(4)
			if n := s.Stats().Rules; n != 3 {
				t.Fatalf("%d rules left", n)
			}
			s.PruneRules(100)
			if n := s.Stats().Rules; n != 0 {
				t.Fatalf("%d rules left", n)
			}
			expect(t, s, "")
		},
	} {
		for kind, rule := range map[string]func(int64) Rule{"path": rule, "wildcard": wildcard, "tag": tagRule} {
			t.Run(name+", by "+kind, func(t *testing.T) {
				s := open(t, Options{})
				defer s.Close()
				script(t, s, rule)
			})
		}
	}
}

func TestSweepFreesMemory(t *testing.T) { eachTier(t, testSweepFreesMemory) }

func testSweepFreesMemory(t *testing.T, open opener) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, Options{SweepDelay: time.Second})
		defer s.Close()
		for i := range 100 {
			put(t, s, fmt.Sprint(i), Target{DistributionID: "E1", Path: fmt.Sprintf("/%d", i)}, head(1000), pattern(1000))
		}
		s.Invalidate(Rule{Revision: 3, DistributionID: "E1", Path: "/1*"})
		time.Sleep(2 * time.Second) // the bubble's clock
		synctest.Wait()
		if got := s.Stats().Objects; got != 100-11 {
			t.Fatalf("%d objects left", got)
		}
	})
}

func BenchmarkInvalidate(b *testing.B) {
	s := New(Options{})
	defer s.Close()
	for i := range 3000 {
		s.Invalidate(Rule{Revision: int64(i + 1), DistributionID: "E1", Path: fmt.Sprintf("/dir/file-%d", i)})
	}
	put(b, s, "k", target, head(3), []byte("abc"))
	revision := int64(5000)
	b.ReportAllocs()
	for b.Loop() { // one invalidation and the re-check of one object
		revision++
		s.Invalidate(Rule{Revision: revision, DistributionID: "E1", Path: "/dir/file-1"})
		if s.LookupString("k") == nil {
			b.Fatal("miss")
		}
	}
}

// A response of several places is found to belong elsewhere when it has come: it is as old as its
// request there too.
func TestJoinAsIsAsOldAsTheRequest(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	for _, rule := range []Rule{rule(5), wildcard(6), tagRule(7)} {
		a := lead(t, s)
		s.Invalidate(rule)
		b, leader := a.JoinAs("elsewhere")
		if !leader {
			t.Fatal("JoinAs: follower, want leader")
		}
		if c, leader := s.Join("elsewhere", target); !leader || c == b {
			t.Fatalf("%+v: joined what was asked for before", rule)
		} else {
			c.Abort(nil)
		}
		fill(t, b, "old")
		a.Abort(nil)
		if s.LookupString("elsewhere") != nil {
			t.Fatalf("%+v: what was asked for before is found", rule)
		}
	}
}
