// Package head is the two signed statements of a share: the head, by which its owner's hive says what the newest state is,
// and the proposal, by which the hive of a writer says what it should become.
//
// It owns their fields, limits, signatures and hashes. It does not own where they are kept (internal/replica), how they
// travel (internal/post, internal/fetch), or what is in the trees they name (package tree).
package head

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/sharing/internal/wire"
)

// Limits of a statement.
const (
	MaxBytes   = 1 << 20 // of a signed statement
	maxMembers = 4096
	maxText    = 255 // bytes of a name
	maxShare   = 64
	maxRoot    = 64 // bytes of a CID
)

// Errors of this package.
var (
	ErrSignature = errors.New("sharing: signature does not match")
	ErrMalformed = errors.New("sharing: malformed statement")
)

// What is signed begins with one of these, so that a signature never counts for anything else.
const (
	headDomain     = "hive head 1\n"
	proposalDomain = "hive proposal 1\n"
)

// Roles of a member.
const (
	Reader = "reader"
	Writer = "writer"
)

// Member is a user who may see a share.
type Member struct {
	Hive    []byte `cbor:"hive"` // peer ID
	User    string `cbor:"user"`
	Role    string `cbor:"role"`
	Expires int64  `cbor:"expires,omitempty"` // Unix seconds; 0 is never
}

// Merged says which proposal of a hive was the last that went into a head.
type Merged struct {
	Hive   []byte `cbor:"hive"`
	Number uint64 `cbor:"number"`
	Root   []byte `cbor:"root,omitempty"` // CID of the tree that was proposed; hives of before do not say it
}

// Head is the newest state of a share, by its owner's hive.
type Head struct {
	Share   string   `cbor:"share"`
	Seq     uint64   `cbor:"seq"`  // from 1, rising by one
	Prev    []byte   `cbor:"prev"` // hash of the head before; empty for the first
	Root    []byte   `cbor:"root"` // CID of the tree of the shared folder
	Name    string   `cbor:"name"`
	Members []Member `cbor:"members"`
	Merged  []Merged `cbor:"merged,omitempty"`
}

// Proposal is what the hive of a writer wants a share to become.
type Proposal struct {
	Share    string `cbor:"share"`
	Number   uint64 `cbor:"number"`   // of this hive, rising
	BaseSeq  uint64 `cbor:"base_seq"` // head the hive last applied
	BaseRoot []byte `cbor:"base_root"`
	Root     []byte `cbor:"root"`
	By       string `cbor:"by"` // user of the hive, for the names of conflict copies
}

// Signed is a statement as it travels.
type Signed struct {
	Body      []byte `cbor:"body"`
	Signature []byte `cbor:"signature"`
}

// Hash is what the next head links to.
func (s Signed) Hash() []byte {
	h := sha256.Sum256(append([]byte(headDomain), s.Body...))
	return h[:]
}

// Sign makes the signed form of h.
func (h Head) Sign(key ed25519.PrivateKey) (Signed, error) {
	if err := h.validate(); err != nil {
		return Signed{}, err
	}
	return sign(headDomain, h, key)
}

// Sign makes the signed form of p.
func (p Proposal) Sign(key ed25519.PrivateKey) (Signed, error) {
	if err := p.validate(); err != nil {
		return Signed{}, err
	}
	return sign(proposalDomain, p, key)
}

func sign(domain string, v any, key ed25519.PrivateKey) (Signed, error) {
	body, err := wire.Marshal(v)
	if err != nil {
		return Signed{}, err
	}
	return Signed{Body: body, Signature: ed25519.Sign(key, append([]byte(domain), body...))}, nil
}

// Open believes a head that owner signed.
func Open(s Signed, owner peer.ID) (Head, error) {
	var h Head
	if err := open(headDomain, s, owner, &h); err != nil {
		return Head{}, err
	}
	return h, h.validate()
}

// OpenProposal believes a proposal that hive signed.
func OpenProposal(s Signed, hive peer.ID) (Proposal, error) {
	var p Proposal
	if err := open(proposalDomain, s, hive, &p); err != nil {
		return Proposal{}, err
	}
	return p, p.validate()
}

func open(domain string, s Signed, signer peer.ID, v any) error {
	if len(s.Body) > MaxBytes || len(s.Signature) != ed25519.SignatureSize {
		return fmt.Errorf("%w: %d bytes, signature of %d", ErrMalformed, len(s.Body), len(s.Signature))
	}
	key, err := signer.ExtractPublicKey()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if ok, err := key.Verify(append([]byte(domain), s.Body...), s.Signature); err != nil || !ok {
		return fmt.Errorf("%w: not by %s", ErrSignature, signer)
	}
	if err := wire.Unmarshal(s.Body, v); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return nil
}

func (h Head) validate() error {
	switch {
	case h.Share == "" || len(h.Share) > maxShare, h.Seq == 0, len(h.Name) > maxText:
		return fmt.Errorf("%w: head %d of %q", ErrMalformed, h.Seq, h.Share)
	case h.Seq == 1 && len(h.Prev) != 0, h.Seq > 1 && len(h.Prev) != sha256.Size:
		return fmt.Errorf("%w: head %d links to %d bytes", ErrMalformed, h.Seq, len(h.Prev))
	case len(h.Members) > maxMembers, len(h.Merged) > maxMembers:
		return fmt.Errorf("%w: %d members, %d merged", ErrMalformed, len(h.Members), len(h.Merged))
	}
	for _, m := range h.Merged {
		if len(m.Root) > maxRoot {
			return fmt.Errorf("%w: a merged root of %d bytes", ErrMalformed, len(m.Root))
		}
	}
	for _, m := range h.Members {
		if _, err := peer.IDFromBytes(m.Hive); err != nil || len(m.User) > maxText || (m.Role != Reader && m.Role != Writer) {
			return fmt.Errorf("%w: member %q as %q", ErrMalformed, m.User, m.Role)
		}
	}
	return validRoot(h.Root)
}

func (p Proposal) validate() error {
	if p.Share == "" || len(p.Share) > maxShare || p.Number == 0 || len(p.By) > maxText {
		return fmt.Errorf("%w: proposal %d of %q", ErrMalformed, p.Number, p.Share)
	}
	return errors.Join(validRoot(p.Root), validRoot(p.BaseRoot))
}

func validRoot(root []byte) error {
	if len(root) > maxRoot {
		return fmt.Errorf("%w: a root of %d bytes", ErrMalformed, len(root))
	}
	c, err := cid.Cast(root)
	if err != nil || c.Type() != cid.DagCBOR {
		return fmt.Errorf("%w: root", ErrMalformed)
	}
	return nil
}

// Tree is the root of the tree that h names.
func (h Head) Tree() cid.Cid { return castRoot(h.Root) }

// Tree is the root of the tree that p names.
func (p Proposal) Tree() cid.Cid { return castRoot(p.Root) }

// Base is the root of the tree that p started from.
func (p Proposal) Base() cid.Cid { return castRoot(p.BaseRoot) }

func castRoot(root []byte) cid.Cid {
	c, err := cid.Cast(root)
	if err != nil {
		return cid.Undef
	}
	return c
}

// Role is the best role that h gives to a hive at a time in Unix seconds, "" for none.
func (h Head) Role(hive peer.ID, now int64) string {
	role := ""
	for _, m := range h.Members {
		if !bytes.Equal(m.Hive, []byte(hive)) || (m.Expires != 0 && m.Expires <= now) {
			continue
		}
		if m.Role == Writer {
			return Writer
		}
		role = m.Role
	}
	return role
}

// Find is a user of a hive among the members, nil where there is none.
func (h Head) Find(hive peer.ID, user string) *Member {
	for i, m := range h.Members {
		if bytes.Equal(m.Hive, []byte(hive)) && m.User == user {
			return &h.Members[i]
		}
	}
	return nil
}

// Hives are the hives of all members, each once, in the order of the head.
func (h Head) Hives() []peer.ID {
	var hives []peer.ID
	seen := make(map[string]bool)
	for _, m := range h.Members {
		if !seen[string(m.Hive)] {
			seen[string(m.Hive)] = true
			hives = append(hives, peer.ID(m.Hive))
		}
	}
	return hives
}

// MergedOf is the last proposal of a hive that went into h, with the number 0 for none.
func (h Head) MergedOf(hive peer.ID) Merged {
	for _, m := range h.Merged {
		if bytes.Equal(m.Hive, []byte(hive)) {
			return m
		}
	}
	return Merged{}
}

// Is tells whether m is the proposal with a number and a tree.
func (m Merged) Is(number uint64, root cid.Cid) bool {
	return m.Number == number && number > 0 && (len(m.Root) == 0 || castRoot(m.Root).Equals(root))
}
