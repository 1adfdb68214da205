package load

import (
	"net"
	"net/http"
	"sync"
)

// Origin is a web server on loopback that counts what it is asked.
type Origin struct {
	Port int

	server *http.Server
	mu     sync.Mutex
	asked  map[string]int // by path; guarded by mu
	total  int            // guarded by mu
}

// NewOrigin serves handler until Close.
func NewOrigin(handler http.Handler) (*Origin, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	o := &Origin{Port: l.Addr().(*net.TCPAddr).Port, asked: map[string]int{}}
	o.server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		o.asked[r.URL.Path]++
		o.total++
		o.mu.Unlock()
		handler.ServeHTTP(w, r)
	})}
	go o.server.Serve(l)
	return o, nil
}

// Asked is the number of requests for path.
func (o *Origin) Asked(path string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.asked[path]
}

// Total is the number of all requests.
func (o *Origin) Total() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.total
}

// Close ends it and every connection to it.
func (o *Origin) Close() error { return o.server.Close() }
