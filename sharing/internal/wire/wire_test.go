package wire_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/melissiproject/hive/sharing/internal/wire"
)

type example struct {
	Name  string   `cbor:"name"`
	Count uint64   `cbor:"count,omitempty"`
	Parts [][]byte `cbor:"parts,omitempty"`
}

func TestFramesComeBack(t *testing.T) {
	var out bytes.Buffer
	for _, e := range []example{{Name: "a"}, {Name: "b", Count: 1 << 60, Parts: [][]byte{make([]byte, 600_000)}}} {
		if err := wire.Write(&out, e); err != nil {
			t.Fatal(err)
		}
	}
	in := bufio.NewReader(&out)
	for _, want := range []string{"a", "b"} {
		var got example
		if err := wire.Read(in, wire.MaxFrame, &got); err != nil || got.Name != want {
			t.Errorf("Read = %q, %v; want %q", got.Name, err, want)
		}
	}
	if err := wire.Read(in, wire.MaxFrame, new(example)); err != io.EOF {
		t.Errorf("after the last frame: %v, want io.EOF", err)
	}
}

func TestBadFramesAreRefused(t *testing.T) {
	tests := map[string]struct {
		bytes []byte
		want  error
	}{
		"larger than the limit": {[]byte{0x81, 0x08}, wire.ErrTooLarge}, // 1025
		"a length without end":  {bytes.Repeat([]byte{0xff}, 11), nil},
		"cut short":             {[]byte{10, 0xa0}, io.ErrUnexpectedEOF},
		"a key twice":           {[]byte{13, 0xa2, 0x64, 'n', 'a', 'm', 'e', 0x60, 0x64, 'n', 'a', 'm', 'e', 0x60}, wire.ErrMalformed},
		"indefinite length":     {[]byte{2, 0xbf, 0xff}, wire.ErrMalformed},
		"a tag":                 {[]byte{2, 0xc1, 0x00}, wire.ErrMalformed},
		"two values":            {[]byte{2, 0xa0, 0xa0}, wire.ErrMalformed},
		"text that is none":     {[]byte{8, 0xa1, 0x64, 'n', 'a', 'm', 'e', 0x61, 0xff}, wire.ErrMalformed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := wire.Read(bufio.NewReader(bytes.NewReader(test.bytes)), 1024, new(example))
			if err == nil || (test.want != nil && !errors.Is(err, test.want)) {
				t.Errorf("Read = %v, want %v", err, test.want)
			}
		})
	}
	if err := wire.Write(io.Discard, example{Name: string(make([]byte, wire.MaxFrame))}); !errors.Is(err, wire.ErrTooLarge) {
		t.Errorf("Write of too much = %v", err)
	}
}

func TestUnknownFieldsArePassedOver(t *testing.T) {
	data, err := wire.Marshal(map[string]any{"name": "x", "later": []int{1, 2}})
	if err != nil {
		t.Fatal(err)
	}
	var got example
	if err := wire.Unmarshal(data, &got); err != nil || got.Name != "x" {
		t.Errorf("Unmarshal = %v, %v", got, err)
	}
}

func TestRefusalsAreComparedByCode(t *testing.T) {
	err := error(&wire.Refusal{Code: wire.Stale, Text: "why"})
	if !errors.Is(err, &wire.Refusal{Code: wire.Stale}) || errors.Is(err, &wire.Refusal{Code: wire.Unknown}) {
		t.Errorf("%v", err)
	}
}

// TestRefusalsAreShort: another hive says them, and they are logged and shown.
func TestRefusalsAreShort(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	for _, r := range []*wire.Refusal{{Code: wire.Code(long)}, {Code: wire.Stale, Text: long}} {
		if n := len(r.Error()); n > 300 {
			t.Errorf("a refusal of %d bytes", n)
		}
	}
}

// FuzzRead holds that a frame either is refused, or is what its bytes say.
func FuzzRead(f *testing.F) {
	f.Add([]byte{1, 0xa0})
	f.Add([]byte{2, 0xc1, 0x00})
	f.Fuzz(func(t *testing.T, data []byte) {
		var got example
		if err := wire.Read(bufio.NewReader(bytes.NewReader(data)), 1<<16, &got); err != nil {
			return
		}
		again, err := wire.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		var back example
		if err := wire.Unmarshal(again, &back); err != nil || back.Name != got.Name || back.Count != got.Count {
			t.Errorf("%v became %v, %v", got, back, err)
		}
	})
}
