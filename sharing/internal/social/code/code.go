// Package code is the text form of an invitation, which travels by mail or by word of mouth.
//
// It owns what is in a code and how it is read. It does not own what the secret opens (internal/social).
//
// A code is "hive1" and base32 (RFC 4648, lower case, no padding) of: the length of the peer ID (1 byte), the peer ID, the
// number of addresses (1 byte), each address with its length (1 byte) before it, 16 bytes of secret, and the first 4 bytes
// of the SHA-256 of "hive1" and all before them.
package code

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"
)

// Limits of a code.
const (
	SecretBytes = 16
	MaxAddrs    = 8
	maxField    = 255
	sumBytes    = 4
	maxText     = 8 << 10 // characters of a code, white space counted
	prefix      = "hive1"
)

// ErrCode is a text that is no code, or one that was not copied as a whole.
var ErrCode = errors.New("sharing: not an invitation, or not all of it")

var encoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Code says which hive invites, where it may be, and the secret that it knows the invitation by.
type Code struct {
	Hive   peer.ID
	Addrs  []multiaddr.Multiaddr
	Secret [SecretBytes]byte
}

// New is a code with a new secret. Addresses that do not fit, or that say which hive they lead to in another way, are left out.
func New(hive peer.ID, addrs []string) Code {
	c := Code{Hive: hive}
	_, _ = rand.Read(c.Secret[:]) // it never fails
	for _, text := range addrs {
		addr, err := multiaddr.NewMultiaddr(text)
		if err != nil {
			continue
		}
		transport, id := peer.SplitAddr(addr)
		if len(transport) == 0 || id != "" && id != hive || len(transport.Bytes()) > maxField {
			continue
		}
		if c.Addrs = append(c.Addrs, transport); len(c.Addrs) == MaxAddrs {
			break
		}
	}
	return c
}

// Hash is what the secret is known by.
func (c Code) Hash() []byte { return Hash(c.Secret[:]) }

// Hash is what a secret is known by.
func Hash(secret []byte) []byte {
	sum := sha256.Sum256(append([]byte("hive invitation 1\n"), secret...))
	return sum[:]
}

// String is the code as text.
func (c Code) String() string {
	var b bytes.Buffer
	field := func(data []byte) {
		b.WriteByte(byte(len(data)))
		b.Write(data)
	}
	field([]byte(c.Hive))
	b.WriteByte(byte(len(c.Addrs)))
	for _, addr := range c.Addrs {
		field(addr.Bytes())
	}
	b.Write(c.Secret[:])
	b.Write(sum(b.Bytes()))
	return prefix + encoding.EncodeToString(b.Bytes())
}

func sum(data []byte) []byte {
	h := sha256.Sum256(append([]byte(prefix), data...))
	return h[:sumBytes]
}

// Parse reads a code, in upper or lower case and with white space anywhere, as mail programs leave it: ErrCode.
func Parse(text string) (Code, error) {
	if len(text) > maxText {
		return Code{}, ErrCode
	}
	text, ok := strings.CutPrefix(strings.ToLower(strings.Join(strings.Fields(text), "")), prefix)
	data, err := encoding.DecodeString(text)
	if !ok || err != nil || len(data) < sumBytes {
		return Code{}, ErrCode
	}
	data, check := data[:len(data)-sumBytes], data[len(data)-sumBytes:]
	if !bytes.Equal(sum(data), check) {
		return Code{}, ErrCode
	}
	c, err := decode(data)
	if err != nil {
		return Code{}, fmt.Errorf("%w: %w", ErrCode, err)
	}
	if encoded := c.String(); encoded != prefix+text {
		return Code{}, ErrCode // there is one form only
	}
	return c, nil
}

var errShort = errors.New("too short")

func decode(data []byte) (c Code, err error) {
	field := func() []byte {
		if len(data) == 0 || len(data) < 1+int(data[0]) {
			err = errShort
			return nil
		}
		f := data[1 : 1+int(data[0])]
		data = data[1+len(f):]
		return f
	}
	id := field()
	if err != nil {
		return Code{}, err
	}
	if c.Hive, err = peer.IDFromBytes(id); err != nil {
		return Code{}, err
	}
	if len(data) == 0 || data[0] > MaxAddrs {
		return Code{}, errShort
	}
	count := int(data[0])
	data = data[1:]
	for range count {
		raw := field()
		if err != nil {
			return Code{}, err
		}
		addr, err := multiaddr.NewMultiaddrBytes(raw)
		if err != nil {
			return Code{}, err
		}
		c.Addrs = append(c.Addrs, addr)
	}
	if copy(c.Secret[:], data) != SecretBytes || len(data) != SecretBytes {
		return Code{}, errShort
	}
	return c, nil
}
