package database_test

import (
	"testing"

	"github.com/melissiproject/hive/internal/database/databasetest"
)

// BenchmarkWrite is small independent transactions on SQLite with synchronous=FULL, from one and from 32 goroutines.
func BenchmarkWrite(b *testing.B) {
	db := databasetest.New(b)
	makeNotes(b, db)
	b.Run("alone", func(b *testing.B) {
		for b.Loop() {
			if err := addNote(b.Context(), db, "alone"); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
	})
	b.Run("32", func(b *testing.B) {
		b.SetParallelism(16) // times GOMAXPROCS
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := addNote(b.Context(), db, "many"); err != nil {
					b.Error(err)
					return
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
	})
}
