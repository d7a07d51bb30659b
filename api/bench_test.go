package api_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/catalog"
)

// quiet is how a hive runs: its log shows no requests.
func quiet(s *setup) { s.api.Log = slog.New(slog.DiscardHandler) }

func BenchmarkUpload(b *testing.B) {
	h := newHive(b, quiet)
	c := h.client(h.token)
	upload(b, func(path string, content io.Reader) error {
		_, _, err := c.Files.Put(b.Context(), path, content, client.PutOptions{})
		return err
	})
}

// BenchmarkUploadDirect is what BenchmarkUpload would be if HTTP cost nothing.
func BenchmarkUploadDirect(b *testing.B) {
	h := newHive(b, quiet)
	tree, err := h.catalog.Home(b.Context(), catalog.Actor{User: h.alice.ID})
	h.must(err)
	upload(b, func(path string, content io.Reader) error {
		to, err := catalog.ParsePath(path)
		if err == nil {
			_, _, err = tree.Put(b.Context(), to, content, catalog.PutOptions{})
		}
		return err
	})
}

func upload(b *testing.B, put func(path string, content io.Reader) error) {
	content := noise(256 << 20)
	b.SetBytes(int64(len(content)))
	for i := 0; b.Loop(); i++ {
		for at := i; at < len(content); at += 64 << 10 {
			content[at]++ // the same bytes are not stored twice
		}
		if err := put(fmt.Sprint("/", i), bytes.NewReader(content)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDownload(b *testing.B) {
	h := newHive(b, quiet)
	c := h.client(h.token)
	h.put("/f", string(noise(256<<20)))
	b.SetBytes(256 << 20)
	for b.Loop() {
		content, err := c.Files.Open(b.Context(), "/f", client.OpenOptions{})
		h.must(err)
		_, err = io.Copy(io.Discard, content)
		h.must(err)
		h.must(content.Close())
	}
}

// BenchmarkSmallPut stores files of 1 KiB, 32 at a time.
func BenchmarkSmallPut(b *testing.B) {
	h := newHive(b, quiet)
	c := h.client(h.token)
	var n atomic.Int64
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		content := noise(1 << 10)
		for pb.Next() {
			i := n.Add(1)
			copy(content, fmt.Sprint(i))
			if _, _, err := c.Files.Put(b.Context(), fmt.Sprintf("/%d/%d", i%50, i), bytes.NewReader(content), client.PutOptions{Parents: true}); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "files/s")
}

// BenchmarkSmallGet reads files of 1 KiB, 32 at a time.
func BenchmarkSmallGet(b *testing.B) {
	h := newHive(b, quiet)
	c := h.client(h.token)
	for i := range 100 {
		h.put(fmt.Sprint("/folder/", i), string(noise(1<<10)))
	}
	var n atomic.Int64
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			content, err := c.Files.Open(b.Context(), fmt.Sprint("/folder/", n.Add(1)%100), client.OpenOptions{})
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, content)
			content.Close()
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "files/s")
}

// BenchmarkList reads pages of 100 of a folder of 2,000.
func BenchmarkList(b *testing.B) {
	h := newHive(b, quiet)
	c := h.client(h.token)
	for i := range 2000 {
		h.put(fmt.Sprintf("/folder/%04d", i), "")
	}
	after := ""
	for b.Loop() {
		page, err := c.Files.List(b.Context(), "/folder", client.ListOptions{After: after, Limit: 100})
		h.must(err)
		after = page.Next
	}
}
