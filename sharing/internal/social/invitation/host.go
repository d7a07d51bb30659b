package invitation

import (
	"bufio"
	"context"
	"errors"
	"net"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/social/code"
	"github.com/melissiproject/hive/sharing/internal/social/letter"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// Protocol is how an invitation is taken up: a letter.Request, and a letter.Welcome in answer.
const Protocol protocol.ID = "/hive/invite/1.0.0"

const (
	deadline   = 10 * time.Second // for request and answer
	maxRequest = 512              // bytes
)

// Run lets strangers take invitations up until ctx ends.
func (i *Invitations) Run(ctx context.Context) error {
	i.parts.Network.Handle(Protocol, func(hive peer.ID, conn net.Conn) {
		defer conn.Close()
		if !i.gate.enter(hive, time.Now()) {
			return
		}
		defer i.gate.leave()
		if ctx.Err() != nil {
			return
		}
		defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
		_ = conn.SetDeadline(time.Now().Add(deadline)) // a conn without deadlines is closed, and the read fails
		if err := i.receive(ctx, hive, conn); err != nil {
			i.cfg.Log.DebugContext(ctx, "invitation not taken up", "hive", hive, "err", err)
		}
	})
	<-ctx.Done()
	i.gate.wait()
	return ctx.Err()
}

// receive answers one request. All that is wrong with an invitation gets one answer.
func (i *Invitations) receive(ctx context.Context, hive peer.ID, conn net.Conn) error {
	frame, err := wire.ReadFrame(bufio.NewReader(conn), maxRequest)
	if err != nil {
		return err
	}
	request, err := letter.Read[letter.Request](frame)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	welcome, err := i.redeem(ctx, hive, request)
	if err != nil {
		welcome = letter.Welcome{Code: wire.Unknown}
		if !errors.Is(err, ErrInvitation) {
			welcome.Code = wire.Failed
			i.cfg.Log.ErrorContext(ctx, "cannot look an invitation up", "hive", hive, "err", err)
		}
	}
	return errors.Join(err, wire.Write(conn, welcome))
}

// redeem uses an invitation up and makes the two users contacts. The same user can do so again, whose answer was lost.
func (i *Invitations) redeem(ctx context.Context, hive peer.ID, request letter.Request) (welcome letter.Welcome, err error) {
	blocked, err := i.parts.Ledger.Blocked(ctx, hive)
	if err == nil && blocked {
		err = ErrInvitation
	}
	if err != nil {
		return letter.Welcome{}, err
	}
	var inv ledger.Invitation
	err = i.parts.Ledger.Write(ctx, func(ctx context.Context, tx *ledger.Tx) error {
		inv, err = tx.Invitation(ctx, code.Hash(request.Secret))
		if errors.Is(err, ledger.ErrNotFound) {
			return ErrInvitation
		}
		if err != nil {
			return err
		}
		user, err := i.parts.People.ByID(ctx, inv.User)
		if errors.Is(err, account.ErrNotFound) || err == nil && user.Disabled {
			return ErrInvitation
		}
		if err != nil {
			return err
		}
		welcome = letter.Welcome{User: user.Name}
		again := inv.Used != nil && inv.UsedHive == hive && inv.UsedUser == request.User
		if !time.Now().Before(inv.Expires) || inv.Used != nil && !again {
			return ErrInvitation
		}
		if again {
			return nil
		}
		if err := tx.UseInvitation(ctx, inv.ID, hive, request.User); err != nil {
			return err
		}
		_, err = i.addContact(ctx, tx, ledger.Contact{User: inv.User, Hive: hive, Remote: request.User, Name: request.User, Created: time.Now()})
		return err
	})
	if err != nil || inv.Share == "" {
		return welcome, err
	}
	welcome.Offer, err = i.cfg.Offer(ctx, inv, hive, request.User)
	return welcome, err
}
