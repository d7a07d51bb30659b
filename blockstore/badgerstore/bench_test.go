package badgerstore

import (
	"testing"

	"github.com/melissiproject/hive/blockstore"
)

// BenchmarkPutSync is the wait of one small write that nobody shares a sync with.
func BenchmarkPutSync(b *testing.B) {
	e, err := Open(Config{Dir: b.TempDir(), Reserve: 1 << 20})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	for i := 0; b.Loop(); i++ {
		if err := e.Put(b.Context(), []blockstore.Block{randomBlock(b, i, 4000)}); err != nil {
			b.Fatal(err)
		}
		if err := e.Sync(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
