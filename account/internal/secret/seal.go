package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
)

// KeyBytes is the length of a key.
const KeyBytes = 32

var errKey = errors.New("secret: no key to keep a secret with")

// Seal encrypts a secret of a user, which the hive must be able to read again, by AES-256-GCM: the nonce, then the rest.
func Seal(key []byte, user int64, text string) ([]byte, error) {
	gcm, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, gcm.NonceSize())
	_, _ = rand.Read(nonce) // it never fails
	return gcm.Seal(nonce, nonce, []byte(text), owner(user)), nil
}

// Unseal is the way back. A secret of another user is none.
func Unseal(key []byte, user int64, sealed []byte) (string, error) {
	gcm, err := newGCM(key)
	if err != nil {
		return "", err
	}
	if len(sealed) < gcm.NonceSize() {
		return "", errors.New("secret: sealed text is too short")
	}
	text, err := gcm.Open(nil, sealed[:gcm.NonceSize()], sealed[gcm.NonceSize():], owner(user))
	if err != nil {
		return "", fmt.Errorf("secret: unseal: %w", err)
	}
	return string(text), nil
}

func owner(user int64) []byte { return []byte("user " + strconv.FormatInt(user, 10)) }

func newGCM(key []byte) (cipher.AEAD, error) {
	if len(key) == 0 {
		return nil, errKey
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("secret: %w", err)
	}
	return cipher.NewGCM(block)
}
