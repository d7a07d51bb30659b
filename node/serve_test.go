package node

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// writeCertificate writes a certificate for localhost with a serial number, and its key.
func writeCertificate(t *testing.T, files TLS, serial int64) {
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
		os.WriteFile(files.Cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600),
		os.WriteFile(files.Key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600),
		os.Chtimes(files.Cert, time.Time{}, time.Unix(serial, 0)))
	if err != nil {
		t.Fatal(err)
	}
}

func certificateFiles(t *testing.T) TLS {
	t.Helper()
	dir := t.TempDir()
	return TLS{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
}

func TestTLS(t *testing.T) {
	cfg := made(t)
	cfg.HTTP.TLS = certificateFiles(t)
	writeCertificate(t, cfg.HTTP.TLS, 7)
	n, _, _ := running(t, cfg)
	if !strings.HasPrefix(n.URL(), "https://127.0.0.1:") {
		t.Errorf("URL is %s", n.URL())
	}
	conn, err := tls.Dial("tcp", n.Addr().String(), &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // the certificate is looked at
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got := conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64(); got != 7 {
		t.Errorf("certificate %d", got)
	}
}

func TestBrokenCertificateEndsRun(t *testing.T) {
	cfg := made(t)
	cfg.HTTP.TLS = certificateFiles(t)
	for _, name := range []string{cfg.HTTP.TLS.Cert, cfg.HTTP.TLS.Key} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if err := n.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v, want a word about the certificate", err)
	}
}

func TestSlowHeadersAndLargeHeadersAreRefused(t *testing.T) {
	n, _, _ := running(t, made(t))
	conn, err := net.Dial("tcp", n.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go fmt.Fprintf(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Large: %s\r\n\r\n", strings.Repeat("x", 2*headerBytes))
	answer, err := io.ReadAll(conn)
	if !strings.Contains(string(answer), "431") {
		t.Errorf("got %q, %v; want 431", answer, err)
	}
}

func TestNoiseOfTheInternetIsNotLogged(t *testing.T) {
	var log strings.Builder
	w := serverLog{slog.New(slog.NewTextHandler(&log, nil))}
	for _, line := range []string{"http: TLS handshake error from 1.2.3.4: EOF\n", "http: Accept error: too many open files\n"} {
		if n, err := w.Write([]byte(line)); n != len(line) || err != nil {
			t.Errorf("Write: %d, %v", n, err)
		}
	}
	if got := log.String(); strings.Contains(got, "handshake") || !strings.Contains(got, "too many open files") {
		t.Errorf("log: %s", got)
	}
}
