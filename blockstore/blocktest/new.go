// Package blocktest helps to test what stands on package blockstore, and holds
// the tests that every engine must pass. It is imported by tests only.
package blocktest

import (
	"testing"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/badgerstore"
)

// New returns a store on a real Badger database that ends with the test.
func New(t testing.TB) *blockstore.Store {
	t.Helper()
	engine, err := badgerstore.Open(badgerstore.Config{Dir: t.TempDir(), Reserve: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return On(t, engine)
}

// On returns a store on engine that ends with the test.
func On(t testing.TB, engine blockstore.Engine) *blockstore.Store {
	t.Helper()
	store, err := blockstore.New(engine, blockstore.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// Bulk leaves a test out where tests are to be short: it has much data and nothing at once, which the race detector makes slow for nothing.
func Bulk(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("much data, and nothing at once")
	}
}
