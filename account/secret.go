package account

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// A secret is "hive_" and 32 random bytes in base64url. With so much chance in it a plain SHA-256 keeps it safe.
const (
	secretPrefix = "hive_"
	secretBytes  = 32
)

func newSecret() string {
	random := make([]byte, secretBytes)
	_, _ = rand.Read(random) // it never fails
	return secretPrefix + base64.RawURLEncoding.EncodeToString(random)
}

// secretHash is what is stored of a secret. What cannot be one is not worth a query.
func secretHash(secret string) ([]byte, bool) {
	encoded, ok := strings.CutPrefix(secret, secretPrefix)
	if !ok || len(encoded) != base64.RawURLEncoding.EncodedLen(secretBytes) {
		return nil, false
	}
	return digest(secret), true
}

// codeHash is what is stored of a registration code, which people copy by hand.
func codeHash(code string) []byte {
	code = strings.Join(strings.Fields(strings.ReplaceAll(code, "-", "")), "")
	return digest(strings.ToUpper(code))
}

func digest(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}
