// Package secret keeps secrets: passwords as hashes by argon2id, and what must be readable again encrypted.
//
// It owns both forms as they are stored. It does not own who has which, or how often one may guess.
package secret

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// ErrHash is what is found in place of a password hash.
var ErrHash = errors.New("secret: malformed password hash")

// Argon is the cost of a password hash by argon2id (RFC 9106).
type Argon struct {
	Memory  uint32 // KiB
	Time    uint32 // passes over the memory
	Threads uint8
}

// DefaultArgon costs more than the least that OWASP recommends and fits a machine with 1 GB.
var DefaultArgon = Argon{Memory: 32 << 10, Time: 3, Threads: 1}

// Bounds of what is read back, so that a damaged row can neither panic nor exhaust the machine.
const (
	maxMemory = 1 << 20 // KiB
	maxTime   = 64
	saltBytes = 16
	hashBytes = 32
)

// Validate reports a cost that makes no sense.
func (p Argon) Validate() error {
	if p.Time < 1 || p.Time > maxTime || p.Threads < 1 || p.Memory < 8*uint32(p.Threads) || p.Memory > maxMemory {
		return fmt.Errorf("secret: cost of a password hash %+v", p)
	}
	return nil
}

// Hash is a password hash as it is stored, in the form of the PHC string format:
// $argon2id$v=19$m=32768,t=3,p=1$SALT$HASH
type Hash struct {
	Cost Argon
	salt []byte
	sum  []byte
}

// Nobody is a hash that no password has, and that costs as much to compare.
func Nobody(cost Argon) Hash {
	return Hash{cost, []byte(rand.Text())[:saltBytes], make([]byte, hashBytes)}
}

// New hashes a password with a new salt.
func New(cost Argon, password string) Hash {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // it never fails
	return Hash{cost, salt, argon2.IDKey([]byte(password), salt, cost.Time, cost.Memory, cost.Threads, hashBytes)}
}

// String is the hash as it is stored.
func (h Hash) String() string {
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, h.Cost.Memory, h.Cost.Time, h.Cost.Threads, encode(h.salt), encode(h.sum))
}

// Parse reads what String writes and nothing else.
func Parse(s string) (Hash, error) {
	var h Hash
	fields := strings.Split(s, "$")
	if len(fields) != 6 {
		return Hash{}, ErrHash
	}
	if _, err := fmt.Sscanf(fields[3], "m=%d,t=%d,p=%d", &h.Cost.Memory, &h.Cost.Time, &h.Cost.Threads); err != nil {
		return Hash{}, ErrHash
	}
	var err error
	if h.salt, err = base64.RawStdEncoding.DecodeString(fields[4]); err != nil {
		return Hash{}, ErrHash
	}
	if h.sum, err = base64.RawStdEncoding.DecodeString(fields[5]); err != nil {
		return Hash{}, ErrHash
	}
	if h.Cost.Validate() != nil || len(h.salt) != saltBytes || len(h.sum) != hashBytes || h.String() != s {
		return Hash{}, ErrHash
	}
	return h, nil
}

// Matches compares a password, in constant time.
func (h Hash) Matches(password string) bool {
	sum := argon2.IDKey([]byte(password), h.salt, h.Cost.Time, h.Cost.Memory, h.Cost.Threads, hashBytes)
	return subtle.ConstantTimeCompare(sum, h.sum) == 1
}
