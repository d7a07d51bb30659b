package link

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/catalog"
)

// unlocked is how long a password that was given counts.
const unlocked = 12 * time.Hour

// Visitor is who comes with a token.
type Visitor struct {
	Token   string
	Cookie  string // of Unlock
	Address string // without a port
}

// Visit is a link in the hands of a visitor.
type Visit struct {
	Link
	Owner  string        // name
	Tree   *catalog.Tree // whose root is what the link leads to; it can be written where the mode is Upload
	Locked bool          // the password has not been given
	Spent  bool          // it was used up: only downloads that have begun go on

	links   *Links
	visitor Visitor
}

// Visit finds the link of a token. All that does not lead anywhere is ErrNotFound: unknown tokens, links that ended, entries in the
// trash, owners who are disabled. Who asks too fast gets *TooFast.
func (l *Links) Visit(ctx context.Context, v Visitor) (*Visit, error) {
	now := time.Now()
	if err := l.gate.enter("address "+account.Network(v.Address), perAddress, now); err != nil {
		return nil, err
	}
	link, err := l.find(ctx, v.Token, now)
	if err != nil {
		return nil, err
	}
	if err := l.gate.enter(fmt.Sprint("link ", link.ID), perLink, now); err != nil {
		return nil, err
	}
	owner, tree, err := l.lead(ctx, link)
	if err != nil {
		return nil, err
	}
	return &Visit{
		Link: link, Owner: owner, Tree: tree, Locked: link.Password && !l.opens(link, v.Cookie, now), Spent: link.spent(),
		links: l, visitor: v,
	}, nil
}

// find is the link of a token that has not ended.
func (l *Links) find(ctx context.Context, token string, now time.Time) (Link, error) {
	if len(token) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return Link{}, ErrNotFound
	}
	row, err := one(ctx, l.DB.Read().NewSelect().Where("hash = ?", digest(token)))
	if err != nil {
		return Link{}, err
	}
	link := l.link(row)
	if link.ended(now) {
		return Link{}, ErrNotFound
	}
	return link, nil
}

// lead is what a link leads to, and the name of its owner.
func (l *Links) lead(ctx context.Context, link Link) (owner string, tree *catalog.Tree, err error) {
	user, err := l.Accounts.ByID(ctx, link.User)
	if err != nil || user.Disabled {
		return "", nil, missing(err, account.ErrNotFound)
	}
	tree, err = l.tree(ctx, link)
	if err != nil {
		return "", nil, missing(err, catalog.ErrNotFound)
	}
	return user.Name, tree, nil
}

// Still says whether what has begun may go on: ErrNotFound once the link has ended, or is for something else or behind another
// password.
func (v *Visit) Still(ctx context.Context) error {
	now, err := v.links.find(ctx, v.visitor.Token, time.Now())
	if err != nil {
		return err
	}
	if now.Mode != v.Mode || now.password != v.password {
		return ErrNotFound
	}
	_, _, err = v.links.lead(ctx, now)
	return err
}

// missing is ErrNotFound unless err is something else than absent.
func missing(err, absent error) error {
	if err == nil || errors.Is(err, absent) {
		return ErrNotFound
	}
	return err
}

func (l *Links) tree(ctx context.Context, link Link) (*catalog.Tree, error) {
	home, err := l.home(ctx, link.User)
	if err != nil {
		return nil, err
	}
	return catalog.Linked(ctx, home, link.Entry, link.Mode == Upload)
}

// For refuses what the link is not for, and visitors who have not given the password.
func (v *Visit) For(mode Mode) error {
	switch {
	case v.Locked:
		return ErrPassword
	case v.Mode != mode:
		return ErrMode
	}
	return nil
}

// Unlock gives what proves from now on that the visitor knows the password: account.ErrWrongPassword, *account.TooManyAttempts.
func (v *Visit) Unlock(ctx context.Context, password string) (cookie string, expires time.Time, err error) {
	if !v.Password {
		return "", time.Time{}, ErrNotFound
	}
	thing := fmt.Sprint("link ", v.ID)
	if err := v.links.passwords.Check(ctx, v.password, password, thing, v.visitor.Address); err != nil {
		return "", time.Time{}, err
	}
	expires = time.Now().Add(unlocked).Truncate(time.Second)
	return v.links.proof(v.Link, expires), expires, nil
}

// proof is bound to the link, its password and a time.
func (l *Links) proof(link Link, expires time.Time) string {
	at := binary.BigEndian.AppendUint64(nil, uint64(expires.Unix()))
	mac := hmac.New(sha256.New, l.cookies)
	mac.Write(at)
	mac.Write(link.hash)
	mac.Write([]byte(link.password))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(at))
}

func (l *Links) opens(link Link, cookie string, now time.Time) bool {
	raw, err := base64.RawURLEncoding.DecodeString(cookie)
	if err != nil || len(raw) != 8+sha256.Size {
		return false
	}
	expires := time.Unix(int64(binary.BigEndian.Uint64(raw)), 0)
	return now.Before(expires) && hmac.Equal([]byte(l.proof(link, expires)), []byte(cookie))
}

// Use counts one use, if there is one left, else gives ErrNotFound.
func (v *Visit) Use(ctx context.Context) error {
	return v.count(ctx, "UPDATE links SET used = used + 1 WHERE id = ? AND (uses = 0 OR used < uses)")
}

// GiveBack takes a use back that came to nothing.
func (v *Visit) GiveBack(ctx context.Context) error {
	return v.count(context.WithoutCancel(ctx), "UPDATE links SET used = used - 1 WHERE id = ? AND used > 0")
}

func (v *Visit) count(ctx context.Context, statement string) error {
	return v.links.DB.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.ExecContext(ctx, statement, v.ID)
		return touched(result, err)
	})
}

// Download counts a use for the download of what, unless this is a further part of one that this visitor began within the last hour.
func (v *Visit) Download(ctx context.Context, what string, further bool) error {
	key := fmt.Sprint(v.ID, " ", account.Network(v.visitor.Address), " ", what)
	if further && v.links.gate.began(key, time.Now()) {
		return nil
	}
	if err := v.Use(ctx); err != nil {
		return err
	}
	v.links.gate.begin(key, time.Now())
	return nil
}
