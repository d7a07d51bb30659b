// Package letter is the messages by which hives tell each other about shares and their members.
//
// It owns their fields and limits: what Read returns has been checked. It does not own what follows from a message
// (internal/social), nor how it travels (internal/post). docs/protocol.md describes them.
package letter

import (
	"fmt"
	"regexp"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// Kinds of messages.
const (
	KindOffer   = "offer"   // Offer: the owner's hive offers a share to a user
	KindAnswer  = "answer"  // Answer: the user's hive says what the user did with it
	KindTerms   = "role"    // Terms: the owner's hive says what a member may do from now on
	KindRevoked = "revoked" // Revoked: a member is one no more
	KindEnded   = "ended"   // Ended: a share is one no more
	KindVouch   = "vouch"   // Vouch: a member's hive tells a user to expect an offer
	KindReshare = "reshare" // Reshare: a member's hive asks the owner's for one more member
)

// maxSeconds is a time past which nothing expires: the year 2242.
const maxSeconds = 1 << 33

// Offer offers a share. Version rises with all the owner's hive says of this member; Offer is the version of the offer
// that an answer answers.
type Offer struct {
	Share   string `cbor:"share"`
	Name    string `cbor:"name"`
	Secret  []byte `cbor:"secret"` // 32 bytes
	User    string `cbor:"user"`   // to whom
	Owner   string `cbor:"owner"`  // user
	By      string `cbor:"by,omitempty"`
	Role    string `cbor:"role"`
	Expires int64  `cbor:"expires,omitempty"` // of the member, Unix seconds; 0 is never
	Ends    int64  `cbor:"ends,omitempty"`    // of the share
	Reshare bool   `cbor:"reshare,omitempty"`
	Version int64  `cbor:"version"`
	Offer   int64  `cbor:"offer"`
}

// Answer says what a user did with an offer.
type Answer struct {
	Share string `cbor:"share"`
	User  string `cbor:"user"`
	Offer int64  `cbor:"offer"`
	State string `cbor:"state"` // accepted, declined or left
}

// Terms say what a member may do from now on.
type Terms struct {
	Share   string `cbor:"share"`
	Name    string `cbor:"name"`
	User    string `cbor:"user"`
	Role    string `cbor:"role"`
	Expires int64  `cbor:"expires,omitempty"`
	Ends    int64  `cbor:"ends,omitempty"`
	Reshare bool   `cbor:"reshare,omitempty"`
	Version int64  `cbor:"version"`
}

// Revoked says that a user is a member no more.
type Revoked struct {
	Share   string `cbor:"share"`
	User    string `cbor:"user"`
	Version int64  `cbor:"version"`
}

// Ended says that a share is one no more.
type Ended struct {
	Share string `cbor:"share"`
}

// Vouch says that a user whom the receiver knows answers for an offer that the owner's hive is about to make.
type Vouch struct {
	Share string `cbor:"share"`
	Owner []byte `cbor:"owner"` // peer ID of the hive that will offer
	User  string `cbor:"user"`  // to whom
	By    string `cbor:"by"`    // who answers for it
	Role  string `cbor:"role"`
}

// Reshare asks for one more member.
type Reshare struct {
	Share string `cbor:"share"`
	By    string `cbor:"by"`   // the member who asks
	Hive  []byte `cbor:"hive"` // peer ID of the new member's hive
	User  string `cbor:"user"`
	Role  string `cbor:"role"`
}

// Request takes an invitation up, in the protocol of invitations.
type Request struct {
	Secret []byte `cbor:"secret"` // 16 bytes
	User   string `cbor:"user"`   // who takes it up
}

// Welcome answers a Request: a refusal, or who invited, with the offer that came with the invitation.
type Welcome struct {
	Code  wire.Code `cbor:"code,omitempty"`
	User  string    `cbor:"user,omitempty"`
	Offer *Offer    `cbor:"offer,omitempty"`
}

// Letter is a message that can be checked.
type Letter interface {
	check() error
}

// Read decodes a message and checks all of it: wire.ErrMalformed.
func Read[L Letter](body wire.Raw) (L, error) {
	var l L
	if err := wire.Unmarshal(body, &l); err != nil {
		return l, err
	}
	if err := l.check(); err != nil {
		return l, fmt.Errorf("%w: %w", wire.ErrMalformed, err)
	}
	return l, nil
}

// Check checks a message that was decoded as part of another: wire.ErrMalformed.
func Check(l Letter) error {
	if err := l.check(); err != nil {
		return fmt.Errorf("%w: %w", wire.ErrMalformed, err)
	}
	return nil
}

func (o Offer) check() error {
	return first(share(o.Share), Name(o.Name), length("secret", o.Secret, 32), User(o.User), User(o.Owner), by(o.By),
		role(o.Role), seconds(o.Expires), seconds(o.Ends), versions(o.Offer, o.Version))
}

func (a Answer) check() error {
	return first(share(a.Share), User(a.User), versions(a.Offer, a.Offer), state(a.State))
}

func (t Terms) check() error {
	return first(share(t.Share), Name(t.Name), User(t.User), role(t.Role), seconds(t.Expires), seconds(t.Ends), versions(t.Version, t.Version))
}

func (r Revoked) check() error {
	return first(share(r.Share), User(r.User), versions(r.Version, r.Version))
}

func (e Ended) check() error { return share(e.Share) }

func (v Vouch) check() error {
	return first(share(v.Share), hive(v.Owner), User(v.User), User(v.By), role(v.Role))
}

func (r Reshare) check() error {
	return first(share(r.Share), User(r.By), hive(r.Hive), User(r.User), role(r.Role))
}

func (r Request) check() error { return first(length("secret", r.Secret, 16), User(r.User)) }

func (w Welcome) check() error {
	if w.Code != "" {
		return nil
	}
	if w.Offer != nil {
		return first(User(w.User), w.Offer.check())
	}
	return User(w.User)
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

var userName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// User tells whether a name can be that of a user of any hive; the rule is that of package account.
func User(name string) error {
	if !userName.MatchString(name) {
		return fmt.Errorf("%w: name of a user", ledger.ErrInvalid)
	}
	return nil
}

// Name tells whether a name can be that of a share: that of a folder.
func Name(name string) error {
	path, err := catalog.ParsePath("/" + name)
	if err != nil || path.IsRoot() || path.Name() != name {
		return fmt.Errorf("%w: name of a share", ledger.ErrInvalid)
	}
	return nil
}

// maxBy is that of a user, an @ and a peer ID.
const maxBy = 200

func by(text string) error {
	if len(text) > maxBy {
		return fmt.Errorf("%w: who asked", ledger.ErrInvalid)
	}
	for _, r := range text {
		if r <= ' ' || r >= 0x7f {
			return fmt.Errorf("%w: who asked", ledger.ErrInvalid)
		}
	}
	return nil
}

func share(id string) error {
	_, err := ledger.ParseID(id)
	return err
}

func role(r string) error {
	if !ledger.Role(r).Valid() {
		return fmt.Errorf("%w: role", ledger.ErrInvalid)
	}
	return nil
}

func state(s string) error {
	switch ledger.State(s) {
	case ledger.Accepted, ledger.Declined, ledger.Left:
		return nil
	}
	return fmt.Errorf("%w: state", ledger.ErrInvalid)
}

func seconds(n int64) error {
	if n < 0 || n > maxSeconds {
		return fmt.Errorf("%w: time", ledger.ErrInvalid)
	}
	return nil
}

func versions(low, high int64) error {
	if low < 1 || high < low || high > 1<<53 {
		return fmt.Errorf("%w: version", ledger.ErrInvalid)
	}
	return nil
}

func length(what string, data []byte, n int) error {
	if len(data) != n {
		return fmt.Errorf("%w: %s", ledger.ErrInvalid, what)
	}
	return nil
}

func hive(id []byte) error {
	if len(id) > 64 {
		return fmt.Errorf("%w: hive", ledger.ErrInvalid)
	}
	_, err := peer.IDFromBytes(id)
	return err
}

// Seconds is a time as it travels.
func Seconds(t *time.Time) int64 {
	if t == nil {
		return 0
	}
	return min(max(t.Unix(), 1), maxSeconds)
}

// Time is a time that travelled.
func Time(seconds int64) *time.Time {
	if seconds == 0 {
		return nil
	}
	t := time.Unix(seconds, 0).UTC()
	return &t
}
