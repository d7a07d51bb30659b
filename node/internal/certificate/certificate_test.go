package certificate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// write writes a certificate for localhost with a serial number, and its key.
func write(t *testing.T, files [2]string, serial int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(
		os.WriteFile(files[0], pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600),
		os.WriteFile(files[1], pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600),
		os.Chtimes(files[0], time.Time{}, time.Unix(serial, 0)))
	if err != nil {
		t.Fatal(err)
	}
}

func TestCertificateFollowsItsFiles(t *testing.T) {
	dir := t.TempDir()
	files := [2]string{filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
	var log strings.Builder
	k := &Pair{Cert: files[0], Key: files[1], Every: 1, Log: slog.New(slog.NewTextHandler(&log, nil))}
	if _, err := k.Get(nil); err == nil {
		t.Error("no certificate is no error")
	}
	serial := func() int64 {
		t.Helper()
		pair, err := k.Get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return pair.Leaf.SerialNumber.Int64()
	}
	for _, want := range []int64{1, 2} {
		write(t, files, want)
		if got := serial(); got != want {
			t.Errorf("got certificate %d, want %d", got, want)
		}
	}
	if err := os.WriteFile(files[0], []byte("half a"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := serial(); got != 2 || !strings.Contains(log.String(), "new certificate not taken") {
		t.Errorf("got certificate %d, log %q; want the old one and a word", got, log.String())
	}
}
