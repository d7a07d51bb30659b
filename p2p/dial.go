package p2p

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"github.com/melissiproject/hive/p2p/internal/conn"
	"github.com/melissiproject/hive/p2p/internal/links"
)

// dialTime is how long Dial takes when its context has no deadline.
const dialTime = 30 * time.Second

// Dial opens a conn that speaks proto with hive, and connects first if need be, by the addresses known and those found.
// The conn has CloseWrite and Reset too; its Close flushes.
func (h *Host) Dial(ctx context.Context, hive peer.ID, proto protocol.ID) (net.Conn, error) {
	if hive == h.ID() {
		return nil, ErrSelf
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, dialTime)
		defer cancel()
	}
	if err := h.connect(ctx, hive); err != nil {
		return nil, err
	}
	stream, err := h.host.NewStream(links.Limited(ctx), hive, proto)
	if err != nil {
		return nil, h.links.Explain(hive, proto, err)
	}
	return h.conn(stream), nil
}

// connect makes a hive known and connected.
func (h *Host) connect(ctx context.Context, hive peer.ID) error {
	return h.links.Connect(ctx, hive, h.directory.locate)
}

// Handle gives the conns that other hives open for proto to serve, which owns and closes them. A panic in serve is logged.
func (h *Host) Handle(proto protocol.ID, serve func(hive peer.ID, conn net.Conn)) {
	h.host.SetStreamHandler(proto, func(stream network.Stream) {
		select {
		case <-h.links.Closed:
			stream.Reset() //nolint:errcheck // it ends anyway
			return
		default:
		}
		h.serving.Go(func() { guard(h.cfg.Log, proto, serve, h.conn(stream), stream.Conn().RemotePeer()) })
	})
}

// conn puts the limits of this hive on a stream.
func (h *Host) conn(stream network.Stream) *conn.Conn { return conn.New(stream, h.up, h.down) }

// guard keeps a panic of serve from ending the process.
func guard(log *slog.Logger, proto protocol.ID, serve func(peer.ID, net.Conn), c *conn.Conn, hive peer.ID) {
	defer func() {
		if fault := recover(); fault != nil {
			err := errors.Join(fmt.Errorf("panic: %v", fault), c.Reset())
			log.Error("serving a hive failed", "hive", hive, "protocol", proto, "err", err, "stack", string(debug.Stack()))
		}
	}()
	serve(hive, c)
}
