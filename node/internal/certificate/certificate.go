// Package certificate serves a TLS certificate from files, and the next one when they change.
//
// It owns when the files are looked at. It does not own where they come from.
package certificate

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Pair is a certificate that follows its files, so that a renewal needs no restart.
type Pair struct {
	Cert, Key string // names of the files, PEM
	Log       *slog.Logger
	Every     time.Duration // how often the files are looked at; default a minute

	mu      sync.Mutex
	pair    *tls.Certificate
	changed time.Time // of the certificate's file
	checked time.Time
}

// Get gives the certificate: tls.Config.GetCertificate. One that cannot be read any more stays as it was.
func (k *Pair) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.pair != nil && time.Since(k.checked) < cmp.Or(k.Every, time.Minute) {
		return k.pair, nil
	}
	err := k.load()
	if err != nil && k.pair == nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	if err != nil {
		k.Log.Error("new certificate not taken", "path", k.Cert, "err", err)
	}
	return k.pair, nil
}

func (k *Pair) load() error {
	k.checked = time.Now()
	info, err := os.Stat(k.Cert)
	if err != nil {
		return err
	}
	if k.pair != nil && info.ModTime().Equal(k.changed) {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(k.Cert, k.Key)
	if err != nil {
		return err
	}
	k.pair, k.changed = &pair, info.ModTime()
	return nil
}
