package ledger

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

// ID names a share on every hive: 16 bytes as 26 characters of base32 in lower case. IDOf makes it.
type ID string

// encoding is base32 (RFC 4648) in lower case without padding.
var encoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

const idBytes = 16

// NewID is an id by chance, as hives made them before IDOf: no other share has it, and no hive can show that it is its own.
func NewID() ID {
	id := make([]byte, idBytes)
	_, _ = rand.Read(id) // it never fails
	return ID(encoding.EncodeToString(id))
}

// idDomain keeps the hash of an id apart from all others.
const idDomain = "hive share id 1\n"

// IDOf is the id of the share that has a secret: the beginning of the SHA-256 of a domain, the hive of the owner and the secret. So
// no other hive can pass it for its own, though members know both.
func IDOf(owner peer.ID, secret [32]byte) ID {
	sum := sha256.Sum256(slices.Concat([]byte(idDomain), []byte(owner), secret[:]))
	return ID(encoding.EncodeToString(sum[:idBytes]))
}

// ParseID reads an id in its one form: ErrInvalid.
func ParseID(s string) (ID, error) {
	raw, err := encoding.DecodeString(s)
	if err != nil || len(raw) != idBytes || encoding.EncodeToString(raw) != s {
		return "", fmt.Errorf("%w: not the id of a share", ErrInvalid)
	}
	return ID(strings.Clone(s)), nil
}

// Role is what a member may do.
type Role string

// Roles.
const (
	Reader Role = "reader"
	Writer Role = "writer"
)

// Valid tells whether there is such a role.
func (r Role) Valid() bool { return r == Reader || r == Writer }

// Mode is how much of a received share is kept here.
type Mode string

// Modes.
const (
	Full     Mode = "full"      // all content
	OnDemand Mode = "on-demand" // names; content once it is read
)

// Valid tells whether there is such a mode.
func (m Mode) Valid() bool { return m == Full || m == OnDemand }

// State is where a share or a member stands.
type State string

// States of a share.
const (
	Active State = "active"
	Ended  State = "ended" // its owner stopped it, or it expired
)

// States of a member. A received share is Left or Revoked too, when no user of this hive is a member any more.
const (
	Offered  State = "offered"
	Accepted State = "accepted"
	Declined State = "declined"
	Left     State = "left"
	Revoked  State = "revoked"
	Refused  State = "refused" // the other hive did not take the offer: no such user, or the two are no contacts
)

// Unlimited is a quota that never ends.
const Unlimited = -1

// Share is a folder offered to others: one of this hive's (Own), or one that another hive offered.
type Share struct {
	ID        ID
	Own       bool
	Owner     peer.ID // hive of the owner
	OwnerUser string  // the owner's name there
	Name      string
	Space     int64    // of the folder: the home of the owner, or the replica; 0 before a user here has accepted
	Folder    int64    // entry of the folder in Space
	Secret    [32]byte // known to members only
	Mode      Mode     // of the replica
	Quota     int64    // bytes the replica may take, or Unlimited
	Reshare   bool     // members may ask for more members
	State     State
	Expires   *time.Time
	User      int64 // own: the owner's number; received: whose quota the replica counts for, 0 before one accepted
	Version   int64 // rises with every change of the share or its members
	Created   time.Time
}

// Live tells whether the share goes on at a time.
func (s Share) Live(now time.Time) bool {
	return s.State == Active && (s.Expires == nil || now.Before(*s.Expires))
}

// Member is one receiver of a share: a user of a hive.
type Member struct {
	ID        int64 // on this hive
	Share     ID
	Hive      peer.ID
	User      string
	Role      Role
	State     State
	Expires   *time.Time
	InvitedBy string // who asked for this member, "user@hive"; "" for the owner
	LocalUser int64  // number of the user when Hive is this one, else 0
	Version   int64  // rises with every change by the owner
	Offer     int64  // Version of the last offer
	Path      string // where a local user wants the mount
	Mounted   bool   // the mount was made
	Created   time.Time
}

// Live tells whether the member may use the share at a time, or may once the offer is accepted.
func (m Member) Live(now time.Time) bool {
	return (m.State == Offered || m.State == Accepted) && (m.Expires == nil || now.Before(*m.Expires))
}
