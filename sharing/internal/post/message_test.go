package post_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/melissiproject/hive/sharing/internal/post"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

func FuzzEnvelope(f *testing.F) {
	good, err := wire.Marshal(map[string]any{"id": make([]byte, 16), "kind": "offer", "body": map[string]any{"share": "x"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte{})
	f.Add([]byte{0xa0})
	f.Add(bytes.Repeat([]byte{0x81}, 100))
	f.Fuzz(func(t *testing.T, frame []byte) {
		id, kind, body, err := post.ParseEnvelope(frame)
		if err == nil && (len(id) != 16 || kind == "" || len(kind) > 64 || len(body) == 0 || len(body) > len(frame)) {
			t.Errorf("ParseEnvelope(%x) = %x, %q, %x", frame, id, kind, body)
		}
	})
}

func TestShort(t *testing.T) {
	for _, text := range []string{"", "as it is", strings.Repeat("x", 500)} {
		if got := post.Short(text); got != text {
			t.Errorf("Short(%q) = %q", text, got)
		}
	}
	for i := range 4 {
		got := post.Short(strings.Repeat("x", i) + strings.Repeat("…", 1000))
		if len(got) > 510 || !utf8.ValidString(got) || !strings.HasSuffix(got, "…") {
			t.Errorf("Short = %d bytes, valid: %t", len(got), utf8.ValidString(got))
		}
	}
}
