package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/warmfront/warmfront/test/load"
)

// bareCommand is the argument with which this program is the bare loop.
const bareCommand = "bare-loop"

// bare is the row of a signed 4 KiB hit beside the least that any server must do for it: an
// epoll loop that reads what comes and writes as many bytes, looking at none.
func (e *exam) bare(ctx context.Context) error {
	o := newObject("bare", 4<<10, 0)
	f, err := e.start(ctx, "bare", []object{o}, nil, "no other")
	if err != nil {
		return err
	}
	defer f.stop()
	p := &peer{name: "bare epoll loop", cache: true, signed: true}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	if err := p.launch(self, bareCommand, address); err != nil {
		return err
	}
	defer p.stop()
	if err := p.settle(ctx, address, func(name string) bool { return strings.Contains(name, bareCommand) }); err != nil {
		return err
	}
	s := scenario{title: "4 KiB", objects: []object{o}, pressure: pressure{duration: e.lasts, connections: 32}}
	signed, err := f.warm(ctx, &f.warmfront.peer, s)
	if err != nil {
		return err
	}
	plain := signed[0]
	plain.Address = address
	targets := map[*peer][]load.Target{&f.warmfront.peer: signed, p: {plain}}
	c := &series{scenario: s, peers: []*peer{&f.warmfront.peer, p}, warmfront: &f.warmfront.peer, against: p, runs: map[*peer][]run{}}
	for round := -1; round < f.rounds; round++ { // the first warms up
		for _, peer := range c.peers {
			r, err := f.measure(ctx, peer, targets[peer], s)
			if err != nil {
				return fmt.Errorf("%s: %w", peer.name, err)
			}
			if round >= 0 {
				c.runs[peer] = append(c.runs[peer], r)
			}
		}
	}
	c.judge()
	section := f.report.section("A signed 4 KiB hit beside a bare epoll loop")
	section.text("The loop answers every read with a fixed answer of the same size: what is beyond 1 is what HTTP, the signature, the cache and the log cost.")
	table := section.table("server", "CPU µs a request", "requests/s", "CPU, to the bare loop (95 % interval)")
	for _, peer := range c.peers {
		cpu, rate, _ := c.medians(peer)
		ratio := ""
		if peer == c.warmfront {
			ratio = fmt.Sprintf("**%.3f** (%.3f–%.3f)", c.ratio, c.low, c.top)
		}
		table.row(peer.name, fmt.Sprintf("%.2f", cpu), fmt.Sprintf("%.0f", rate), ratio)
	}
	return section.write()
}

// serveBare is the bare loop.
func serveBare(address string) error {
	ln, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	file, err := ln.(*net.TCPListener).File()
	if err != nil {
		return err
	}
	accepting := int32(file.Fd())
	epoll, err := unix.EpollCreate1(0)
	if err != nil {
		return err
	}
	if err := unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, int(accepting), &unix.EpollEvent{Events: unix.EPOLLIN, Fd: accepting}); err != nil {
		return err
	}
	// About what a hit's head is long.
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Length: 4096\r\nX-Head: " + strings.Repeat("h", 500) + "\r\n\r\n")
	answer = append(answer, bytes.Repeat([]byte("b"), 4096)...)
	buf, events := make([]byte, 32<<10), make([]unix.EpollEvent, 64)
	for {
		n, err := unix.EpollWait(epoll, events, -1)
		if err != nil && err != unix.EINTR { //nolint:errorlint // a system call's own
			return err
		}
		for _, e := range events[:max(n, 0)] {
			if e.Fd == accepting {
				fd, _, err := unix.Accept4(int(accepting), unix.SOCK_NONBLOCK)
				if err == nil {
					_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
					err = unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
				}
				if err != nil {
					return err
				}
			} else if n, err := unix.Read(int(e.Fd), buf); err != nil || n == 0 {
				_ = unix.Close(int(e.Fd))
			} else if _, err := unix.Write(int(e.Fd), answer); err != nil {
				_ = unix.Close(int(e.Fd))
			}
		}
	}
}
