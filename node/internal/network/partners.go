package network

import (
	"context"
	"log/slog"
	"net"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"github.com/melissiproject/hive/api"
	"github.com/melissiproject/hive/p2p"
	"github.com/melissiproject/hive/sharing"
)

// again is the pause after what matters could not be read.
const again = 2 * time.Second

// KeepInTouch tells host, until ctx ends, which hives matter: those with which shares go on.
func KeepInTouch(ctx context.Context, host *p2p.Host, s *sharing.Sharing, log *slog.Logger) {
	for {
		changed := s.Watch() // before the look, so that no change is missed
		var retry <-chan time.Time
		if err := tell(ctx, host, s); err != nil && ctx.Err() == nil {
			log.Error("cannot tell the network which hives matter", "err", err)
			retry = time.After(again)
		}
		select {
		case <-changed:
		case <-retry:
		case <-ctx.Done():
			return
		}
	}
}

func tell(ctx context.Context, host *p2p.Host, s *sharing.Sharing) error {
	hives, err := s.Partners(ctx)
	if err != nil {
		return err
	}
	secrets, err := s.Secrets(ctx)
	if err != nil {
		return err
	}
	host.Protect(hives)
	host.Rendezvous(secrets)
	return nil
}

// Nobody is the network of a hive that is on none: sharing among its own users works all the same.
type Nobody struct{}

// Dial reaches no one.
func (Nobody) Dial(context.Context, peer.ID, protocol.ID) (net.Conn, error) {
	return nil, api.ErrNoNetwork
}

// Handle hears of no one.
func (Nobody) Handle(protocol.ID, func(hive peer.ID, conn net.Conn)) {}

// Notify has nobody who comes or goes.
func (Nobody) Notify(func(hive peer.ID, connected bool)) {}
