package node

import (
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/melissiproject/hive/node/internal/certificate/certificatetest"
)

func certificateFiles(t *testing.T) TLS {
	t.Helper()
	dir := t.TempDir()
	return TLS{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
}

func TestTLS(t *testing.T) {
	cfg := made(t)
	cfg.HTTP.TLS = certificateFiles(t)
	certificatetest.Write(t, [2]string{cfg.HTTP.TLS.Cert, cfg.HTTP.TLS.Key}, 7)
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
