// Package traffic is the pool of connections of a client, and counts what passes them.
package traffic

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// parallel is how many transfers the pool keeps connections for.
const parallel = 64

// Transport is a pool for many parallel transfers. HTTP/1.1 only: one HTTP/2 connection for all of them is slower,
// and a stalled transfer holds up the others.
func (t *Counter) Transport() *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &countedConn{conn, t}, nil
		},
		Protocols:             protocols,
		MaxIdleConns:          parallel,
		MaxIdleConnsPerHost:   parallel,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: 2 * time.Second,
		DisableCompression:    true, // contents come as they are
		ReadBufferSize:        64 << 10,
		WriteBufferSize:       64 << 10,
	}
}

// Counter counts what passes the sockets, headers and TLS included.
type Counter struct{ sent, received atomic.Int64 }

// Bytes is how many went and came so far.
func (t *Counter) Bytes() (sent, received int64) { return t.sent.Load(), t.received.Load() }

type countedConn struct {
	net.Conn
	counter *Counter
}

func (c *countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.counter.received.Add(int64(n))
	return n, err
}

func (c *countedConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.counter.sent.Add(int64(n))
	return n, err
}
