package account

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// errHash is what is found in place of a password hash.
var errHash = errors.New("account: malformed password hash")

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

func (p Argon) validate() error {
	if p.Time < 1 || p.Time > maxTime || p.Threads < 1 || p.Memory < 8*uint32(p.Threads) || p.Memory > maxMemory {
		return fmt.Errorf("%w: cost of a password hash %+v", ErrInvalid, p)
	}
	return nil
}

// hash is a password hash as it is stored, in the form of the PHC string format:
// $argon2id$v=19$m=32768,t=3,p=1$SALT$HASH
type hash struct {
	cost Argon
	salt []byte
	sum  []byte
}

func newHash(cost Argon, password string) hash {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // it never fails
	return hash{cost, salt, argon2.IDKey([]byte(password), salt, cost.Time, cost.Memory, cost.Threads, hashBytes)}
}

func (h hash) String() string {
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, h.cost.Memory, h.cost.Time, h.cost.Threads, encode(h.salt), encode(h.sum))
}

// parseHash reads what String writes and nothing else.
func parseHash(s string) (hash, error) {
	var h hash
	fields := strings.Split(s, "$")
	if len(fields) != 6 {
		return hash{}, errHash
	}
	if _, err := fmt.Sscanf(fields[3], "m=%d,t=%d,p=%d", &h.cost.Memory, &h.cost.Time, &h.cost.Threads); err != nil {
		return hash{}, errHash
	}
	var err error
	if h.salt, err = base64.RawStdEncoding.DecodeString(fields[4]); err != nil {
		return hash{}, errHash
	}
	if h.sum, err = base64.RawStdEncoding.DecodeString(fields[5]); err != nil {
		return hash{}, errHash
	}
	if h.cost.validate() != nil || len(h.salt) != saltBytes || len(h.sum) != hashBytes || h.String() != s {
		return hash{}, errHash
	}
	return h, nil
}

func (h hash) matches(password string) bool {
	sum := argon2.IDKey([]byte(password), h.salt, h.cost.Time, h.cost.Memory, h.cost.Threads, hashBytes)
	return subtle.ConstantTimeCompare(sum, h.sum) == 1
}
