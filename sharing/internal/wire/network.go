package wire

import (
	"context"
	"net"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

// Network reaches other hives.
type Network interface {
	// Dial opens a conn that speaks proto with a hive, and connects first if need be. Who answers has proved to be hive.
	Dial(ctx context.Context, hive peer.ID, proto protocol.ID) (net.Conn, error)
	// Handle gives the conns that other hives open for proto to serve, which owns and closes them.
	Handle(proto protocol.ID, serve func(hive peer.ID, conn net.Conn))
	// Notify calls changed when a hive comes or goes. changed must not block.
	Notify(changed func(hive peer.ID, connected bool))
}
