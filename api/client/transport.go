package client

import (
	"net"
	"net/http"
	"time"
)

// parallel is how many transfers the pool keeps connections for.
const parallel = 64

// newTransport is a pool for many parallel transfers. HTTP/1.1 only: one HTTP/2 connection for all of them is slower,
// and a stalled transfer holds up the others.
func newTransport() *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
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
