package h2

import (
	"bufio"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2"
)

const (
	readBytes  = 16 << 10
	lingerTime = 500 * time.Millisecond
	drainTime  = time.Second // for a viewer to acknowledge that we are going away
)

// Conn is one HTTP/2 connection.
type Conn struct {
	s      *Server
	conn   net.Conn // TLS
	socket *Socket
	raw    net.Conn // of socket
	viewer Viewer

	// Of the loop that reads.
	kit       *kit
	dec       decoder
	cur       *stream // whose header block is being read
	fragments int     // of that block
	block     []byte  // of it, when it comes in several
	calm      calm
	settled   bool        // the peer's first SETTINGS have come
	boundary  bool        // between two frames
	inData    bool        // within a DATA frame
	frameEnds time.Time   // when the frame or block under way must be whole
	deadline  time.Time   // armed for reading
	trailer   *head       // of trailers, which nobody looks at; nil without
	closing   atomic.Bool // nothing is answered any more

	mu         sync.Mutex
	streams    map[uint32]*stream // guarded by mu, as is all that follows
	running    int                // goroutines that serve streams
	last       uint32             // the highest stream the peer has opened
	ended      [endedStreams]uint32
	endedNext  int
	touched    bool      // a stream has ended since lastActive was set
	lastActive time.Time // when about the last stream ended
	received   int64     // of connWindow: taken up and not announced anew
	consumed   int64     // of that, free again
	window     int64     // for bodies to the peer
	peerStream int64     // the peer's SETTINGS_INITIAL_WINDOW_SIZE
	enc        encoder
	out        []byte  // frames to be written; see buffer
	outRef     *[]byte // the pool's, behind out
	writing    bool    // someone writes
	slow       bool    // the last write took its time: leave the next to a goroutine
	writeUntil time.Time
	room       *sync.Cond // out has been written
	queue      []*stream  // with bodies in memory to send
	forRoom    []*stream  // whose goroutines wait until out has been written
	forWindow  []*stream  // whose goroutines wait for the connection's window
	endings    []ending   // to be told once mu is released
	sweeper    *time.Timer
	drainer    *time.Timer
	goingAway  bool  // the peer has been told
	final      bool  // and up to which stream
	hungUp     bool  // our side is closed
	dead       error // why nothing can be sent any more
}

// kit is what a connection needs while it reads.
type kit struct {
	br     *bufio.Reader
	framer *http2.Framer
}

func newKit() *kit {
	k := &kit{br: bufio.NewReaderSize(nil, readBytes)}
	k.framer = http2.NewFramer(io.Discard, k.br)
	k.framer.SetMaxReadFrameSize(maxFrameBytes)
	k.framer.SetReuseFrames()
	return k
}

// NewConn returns a connection that has yet to be served: conn is TLS over socket.
func (s *Server) NewConn(conn net.Conn, socket *Socket, v Viewer) *Conn {
	c := &Conn{s: s, conn: conn, socket: socket, raw: socket.Conn, viewer: v, window: initialWindow, peerStream: initialWindow, enc: newEncoder(), lastActive: time.Now()}
	c.calm.left, c.calm.asked = calmBurst, c.lastActive
	c.room = sync.NewCond(&c.mu)
	c.dec.limit = defaultTable
	return c
}

// Serve serves the connection until it ends.
func (c *Conn) Serve() {
	err := c.readPreface()
	for err == nil {
		if err = c.busy(); err == nil {
			err = c.park()
		}
	}
	var ce connError
	if errors.As(err, &ce) {
		c.hangUp(ce)
	}
	c.lost(err)
}

var (
	errIdle   = errors.New("idle for too long")
	errHungUp = errors.New("the connection is closed")
)

// busy reads and answers frames. It returns nil when there has been nothing to read for a
// while.
func (c *Conn) busy() error {
	if c.kit == nil {
		c.kit = c.s.kits.Get().(*kit)
		c.kit.br.Reset(c)
	}
	for {
		c.boundary = c.kit.br.Buffered() == 0
		if c.cur == nil {
			c.frameEnds = time.Time{}
		}
		err := c.readFrame()
		switch {
		case err == nil:
			err = c.relieve()
		case c.boundary && c.cur == nil && isTimeout(err) && !c.closing.Load():
			c.release()
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// release gives the buffers back.
func (c *Conn) release() {
	c.kit.br.Reset(nil)
	c.s.kits.Put(c.kit)
	c.kit = nil
	c.dec.forget()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.streams) == 0 {
		c.streams, c.queue, c.forRoom, c.forWindow, c.endings = nil, nil, nil, nil, nil
	}
}

// park waits on the socket, without buffers, until there is something to read.
func (c *Conn) park() error {
	if c.s.o.Parked != nil {
		c.s.o.Parked(1)
		defer c.s.o.Parked(-1)
	}
	for {
		now := time.Now()
		left, err := c.idleLeft(now)
		if err != nil {
			return err
		}
		c.arm(now.Add(left))
		if c.s.o.Readable(c.raw) {
			return nil
		}
		if c.closing.Load() {
			return errHungUp
		}
	}
}

// idleLeft is how long the connection may be quiet from now on, or why it may not.
func (c *Conn) idleLeft(now time.Time) (time.Duration, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead != nil {
		return 0, c.dead
	}
	if c.touched || len(c.streams) > 0 {
		c.touched, c.lastActive = false, now
	}
	if left := c.s.o.IdleTimeout - now.Sub(c.lastActive); left > 0 {
		return left, nil
	}
	return 0, connError{http2.ErrCodeNo, errIdle.Error()}
}

// Read implements io.Reader for the loop: what has been answered is written before it waits
// for more.
func (c *Conn) Read(p []byte) (int, error) {
	c.flush(true)
	if err := c.armRead(); err != nil {
		return 0, err
	}
	n, err := c.conn.Read(p)
	if n > 0 {
		c.boundary = false
	}
	return n, err
}

// armRead lets the next read wait as long as what it waits for may take.
func (c *Conn) armRead() error {
	now := time.Now()
	if c.boundary && c.cur == nil {
		left, err := c.idleLeft(now)
		if err != nil {
			return err
		}
		c.frameEnds = time.Time{}
		d := min(left, c.s.o.ParkAfter)
		if ahead := c.deadline.Sub(now); ahead < d/2 || ahead > d {
			c.arm(now.Add(d))
		}
		return nil
	}
	if c.frameEnds.IsZero() {
		d := c.s.o.HeadTimeout
		if c.inData {
			d = c.s.o.BodyTimeout
		}
		c.frameEnds = now.Add(d)
	}
	if !c.deadline.Equal(c.frameEnds) {
		c.arm(c.frameEnds)
	}
	return nil
}

// arm sets the read deadline, unless the connection is only waiting for its end.
func (c *Conn) arm(t time.Time) {
	c.deadline = t
	c.raw.SetReadDeadline(t)
	if c.closing.Load() {
		c.raw.SetReadDeadline(time.Now().Add(lingerTime))
	}
}

// readPreface reads the viewer's half of the connection preface and sends ours (RFC 9113,
// 3.4).
func (c *Conn) readPreface() error {
	c.mu.Lock()
	c.out = append(c.buffer(), c.s.settings...)
	c.mu.Unlock()
	c.kit = c.s.kits.Get().(*kit)
	c.kit.br.Reset(c)
	var preface [len(http2.ClientPreface)]byte
	if _, err := io.ReadFull(c.kit.br, preface[:]); err != nil {
		return err
	}
	if string(preface[:]) != http2.ClientPreface {
		return connError{http2.ErrCodeProtocol, "no connection preface"}
	}
	return nil
}

// isTimeout reports whether a deadline has passed.
func isTimeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}
