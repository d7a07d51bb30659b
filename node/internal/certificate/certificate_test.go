package certificate

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/melissiproject/hive/node/internal/certificate/certificatetest"
)

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
		certificatetest.Write(t, files, want)
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
