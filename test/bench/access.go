package main

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/warmfront/warmfront/test/load"
)

// The pace of requests whose costs are compared: nobody waits for a turn then.
const (
	accessPace        = 2000 // a second
	accessRequests    = 1000 // a run
	accessConnections = 8
)

// accessCase is a kind of request whose cost is compared with a plain hit's.
type accessCase struct {
	name   string
	server *warmfront
	next   func(n int) stream // n requests
	signed bool               // each by itself: they are seen for the first time
	alone  []float64          // µs of each verification of those
}

// access is the row of what signatures and revocations cost.
func (e *exam) access(ctx context.Context) error {
	o := newObject("access", 4<<10, 0)
	f, err := e.start(ctx, "access", []object{o}, nil, "none")
	if err != nil {
		return err
	}
	defer f.stop()
	other, seeded, err := f.revoking(ctx, o.path)
	if err != nil {
		return fmt.Errorf("a server with revocations: %w", err)
	}
	defer other.stop()
	cases, err := f.accessCases(ctx, o, other)
	if err != nil {
		return err
	}
	section := e.report.section("Signatures and revocations")
	section.text("4 KiB over HTTP/1.1 in clear text, canned policies; server on one core. Two servers take turns: one without revocations, and one with %d of policies, %d of keys by expiry "+
		"and %d of paths, so chosen that each look-up goes all its way: the policies expire when the viewers' do, the keys' revocations are of the viewers' key, the paths begin like the object's. "+
		"They were written into the state of the stopped server, which took %.1f s to start with them.", revokedEach, revokedEach, revokedEach, seeded.Seconds())
	if err := f.pacedAccess(ctx, section, cases); err != nil {
		return err
	}
	if err := f.fullAccess(ctx, section, cases, o.size); err != nil {
		return err
	}
	return section.write()
}

// accessCases makes the kinds of requests; the first is the plain hit.
func (f *field) accessCases(ctx context.Context, o object, other *warmfront) ([]*accessCase, error) {
	var list []*accessCase
	for _, w := range []*warmfront{f.warmfront, other} {
		t, err := w.site.Target(false, o.path)
		if err != nil {
			return nil, err
		}
		if err := fetch(ctx, t, o.size); err != nil {
			return nil, err
		}
		name := "hit, signature remembered"
		if w == other {
			name += "; revocations"
		}
		list = append(list, &accessCase{name: name, server: w, next: func(n int) stream {
			return stream{target: t, count: n, networks: viewersFrom(1, accessConnections, accessConnections)}
		}})
	}
	elliptic256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	site := f.warmfront.site
	second, err := site.Trust(ctx, "bench-ecdsa", elliptic256)
	if err == nil {
		err = site.Wait(ctx)
	}
	if err != nil {
		return nil, err
	}
	signers := signings(site.Signer, second)
	for i := range signers {
		s := &signers[i]
		if s.name != "RSA-2048, SHA-1" {
			list = append(list, f.firstSeen(f.warmfront, s.name, site.Signing(&s.signer), o))
			continue
		}
		list = append(list, f.firstSeen(f.warmfront, s.name, site.Signing(&s.signer), o), f.firstSeen(other, s.name+"; revocations", other.site, o))
	}
	return list, nil
}

// firstSeen are requests that are signed one by one, each for itself.
func (f *field) firstSeen(w *warmfront, name string, site *load.Site, o object) *accessCase {
	c := &accessCase{name: "first seen, " + name, server: w, signed: true}
	made := 0
	c.next = func(n int) stream {
		targets := make([]load.Target, n)
		var failed error
		for i := range targets {
			var err error
			if targets[i], err = site.Target(false, fmt.Sprintf("%s?viewer=%d", o.path, made)); err != nil {
				failed = err
			}
			made++
		}
		c.alone = append(c.alone, verificationsAlone(targets, site)...)
		return stream{target: targets[0], count: n, networks: viewersFrom(1, accessConnections, accessConnections), failed: failed, request: func(i int) []byte {
			return plainRequest(targets[i], targets[i].Path)
		}}
	}
	return c
}

// cost runs a stream alone: to its end, or as long as runs last.
func (f *field) cost(ctx context.Context, p *peer, s stream) (run, error) {
	if s.failed != nil {
		return run{}, s.failed
	}
	if s.count == 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, f.lasts)
		defer cancel()
	}
	before, err := p.cpu()
	if err != nil {
		return run{}, err
	}
	began := time.Now()
	got := s.run(ctx)
	elapsed := time.Since(began)
	after, err := p.cpu()
	if err = errors.Join(err, got.err); err != nil {
		return run{}, err
	}
	n := got.answered()
	if n == 0 || n != got.statuses[cmp.Or(s.status, 200)] {
		return run{}, fmt.Errorf("the answers were not as expected: %v", got.statuses)
	}
	return run{cpu: (after - before) / time.Duration(n), perSecond: float64(n) / elapsed.Seconds()}, nil
}
