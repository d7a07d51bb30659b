package node

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/melissiproject/hive/node/internal/certificate"
)

// Limits of the HTTP server. There is none for a whole request: a large file takes as long as it takes. A request that
// stalls is ended by api.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	headerBytes   = 64 << 10
	cutTimeout    = 10 * time.Second // for handlers to notice that their request was cut
)

// serve answers requests until ctx ends, then lets those under way end.
func (n *Node) serve(ctx context.Context) error {
	base, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	var running sync.WaitGroup
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			running.Add(1)
			defer running.Done()
			n.api.ServeHTTP(w, r)
		}),
		BaseContext:       func(net.Listener) context.Context { return base },
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerBytes,
		ErrorLog:          log.New(serverLog{n.log}, "", 0),
	}
	server.RegisterOnShutdown(func() { n.api.Close() })
	served := make(chan error, 1)
	go func() { served <- n.listenTo(server) }()
	select {
	case err := <-served:
		return fmt.Errorf("node: serve: %w", err)
	case <-ctx.Done():
	}
	n.log.Info("stopping", "limit", n.cfg.HTTP.StopTimeout.String())
	limit, cancel := context.WithTimeout(base, time.Duration(n.cfg.HTTP.StopTimeout))
	defer cancel()
	if err := server.Shutdown(limit); err != nil {
		n.log.Warn("requests cut off", "err", err)
		cut()
		if err := server.Close(); err != nil {
			n.log.Warn("close listener", "err", err)
		}
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		n.log.Warn("serve", "err", err)
	}
	if !waitFor(&running, cutTimeout) {
		return errors.New("node: serve: a request does not end")
	}
	return nil
}

// listenTo answers on the listener, with TLS where there is a certificate.
func (n *Node) listenTo(server *http.Server) error {
	if n.cfg.HTTP.TLS.Cert == "" {
		return server.Serve(n.listener)
	}
	pair := &certificate.Pair{Cert: n.cfg.HTTP.TLS.Cert, Key: n.cfg.HTTP.TLS.Key, Log: n.log}
	if _, err := pair.Get(nil); err != nil {
		return fmt.Errorf("node: %w", err)
	}
	server.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: pair.Get}
	return server.ServeTLS(n.listener, "", "")
}

// waitFor says whether wg came to zero within limit.
func waitFor(wg *sync.WaitGroup, limit time.Duration) bool {
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}

// serverLog takes what net/http has to say. Failed handshakes are the noise of the internet.
type serverLog struct{ log *slog.Logger }

func (l serverLog) Write(p []byte) (int, error) {
	level := slog.LevelWarn
	if bytes.Contains(p, []byte("TLS handshake error")) {
		level = slog.LevelDebug
	}
	l.log.Log(context.Background(), level, "http server", "err", string(bytes.TrimSpace(p)))
	return len(p), nil
}
