package node

import (
	"bytes"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/melissiproject/hive/api/client"
)

// TestUploadGoesOnAfterRestarts sends a file in parts to a hive that is stopped and started between them, once while a part
// is on its way.
func TestUploadGoesOnAfterRestarts(t *testing.T) {
	cfg := made(t)
	data := make([]byte, 4<<20)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(data)
	_, c, stop := running(t, cfg)
	p, err := c.Uploads.Begin(t.Context(), "/file", client.PutOptions{Length: int64(len(data))})
	if err != nil {
		t.Fatal(err)
	}
	if p, err = c.Uploads.Append(t.Context(), p.ID, 0, bytes.NewReader(data[:1<<20+1])); err != nil || p.Offset != 1<<20+1 {
		t.Fatalf("%+v, %v", p, err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}

	cfg.HTTP.StopTimeout = 1 // cut off what is on its way
	_, c, stop = running(t, cfg)
	body, sender := io.Pipe()
	sent := make(chan error, 1)
	go func() {
		_, err := c.Uploads.Append(t.Context(), p.ID, p.Offset, body)
		body.CloseWithError(io.ErrClosedPipe)
		sent <- err
	}()
	if _, err := sender.Write(data[p.Offset : 2<<20]); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	sender.Close()
	if err := <-sent; err == nil {
		t.Error("a part that was cut off went well")
	}

	_, c, _ = running(t, cfg)
	before := p.Offset
	if p, err = c.Uploads.Progress(t.Context(), p.ID); err != nil || p.Offset < before {
		t.Fatalf("%+v, %v", p, err)
	}
	if p, err = c.Uploads.Append(t.Context(), p.ID, p.Offset, bytes.NewReader(data[p.Offset:])); err != nil || p.Entry == 0 {
		t.Fatalf("%+v, %v", p, err)
	}
	if content(t, c, "/file") != string(data) {
		t.Error("content differs")
	}
}
