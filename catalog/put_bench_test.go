package catalog_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/melissiproject/hive/blockstore/blocktest"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/database/databasetest"
)

// BenchmarkPutSmall writes small files of 32 callers at a time into folders of 100, as an upload of a source tree does.
func BenchmarkPutSmall(b *testing.B) {
	c, err := catalog.New(databasetest.New(b), blocktest.New(b), catalog.Config{})
	if err != nil {
		b.Fatal(err)
	}
	home := must(c.Home(b.Context(), catalog.Actor{User: 1}))(b)
	var n atomic.Int64
	b.SetParallelism(16) // times two cores
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			name := path(b, fmt.Sprintf("/a/b/c/d%d/file%d", i/100, i))
			if _, _, err := home.Put(b.Context(), name, strings.NewReader(fmt.Sprint(i)), catalog.PutOptions{Parents: true}); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "files/s")
}
