package client

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// parallel is how many transfers the pool keeps connections for.
const parallel = 64

// newTransport is a pool for many parallel transfers. HTTP/1.1 only: one HTTP/2 connection for all of them is slower,
// and a stalled transfer holds up the others.
func newTransport(t *traffic) *http.Transport {
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

// traffic counts what passes the sockets.
type traffic struct{ sent, received atomic.Int64 }

// Traffic is how many bytes went to the hive and came from it so far, headers and TLS included. With a Transport of one's own
// it counts nothing.
func (c *Client) Traffic() (sent, received int64) {
	return c.traffic.sent.Load(), c.traffic.received.Load()
}

type countedConn struct {
	net.Conn
	traffic *traffic
}

func (c *countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.traffic.received.Add(int64(n))
	return n, err
}

func (c *countedConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.traffic.sent.Add(int64(n))
	return n, err
}
