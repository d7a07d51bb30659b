package delta_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	librsync "github.com/balena-os/librsync-go"

	"github.com/melissiproject/hive/delta"
)

// odd gives its content in small pieces, and often nothing without an error.
type odd struct {
	rest  []byte
	calls int
}

func (o *odd) Read(p []byte) (int, error) {
	if o.calls++; o.calls%2 == 1 {
		return 0, nil
	}
	if len(o.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), 1+o.calls%5000)], o.rest)
	o.rest = o.rest[n:]
	return n, nil
}

// applied is what a delta makes of base.
func applied(base, d []byte, size int) ([]byte, error) {
	out := make([]byte, size)
	return out, delta.Apply(out, base, d)
}

// roundTrip makes a delta of each sort and holds what it makes against target.
func roundTrip(t *testing.T, base, target []byte, o delta.Options) {
	t.Helper()
	signature, err := delta.Sign(base, o)
	if err != nil {
		t.Fatal(err)
	}
	made, ok, err := delta.Make(signature, target, 1<<30)
	if err != nil || !ok {
		t.Fatalf("make: %v, %v", ok, err)
	}
	near, ok := delta.Between(base, target, 1<<30)
	if !ok {
		t.Fatal("between: over limit")
	}
	for name, d := range map[string][]byte{"make": made, "between": near} {
		got, err := applied(base, d, len(target))
		if err != nil || !bytes.Equal(got, target) {
			t.Fatalf("%s: %d bytes that are not the %d of the target, %v", name, len(got), len(target), err)
		}
	}
}

func TestRoundTrips(t *testing.T) {
	t.Parallel()
	zeros := make([]byte, 100_000)
	for _, k := range kinds {
		for _, o := range []delta.Options{{Kind: k.kind}, {Kind: k.kind, Block: 16, Strong: 8}, {Kind: k.kind, Block: 4096}} {
			for _, old := range [][]byte{nil, {1}, random(15, 4), random(4096, 5), random(300_001, 6), zeros, join(zeros, random(5000, 7), zeros)} {
				for _, target := range edits(old) {
					roundTrip(t, old, target, o)
				}
			}
		}
	}
}

// TestStreams gives the same however the bytes come.
func TestStreams(t *testing.T) {
	t.Parallel()
	old := random(1_000_000, 1)
	target := edits(old)["reordered"]
	o, err := delta.Options{Block: 1024}.For(int64(len(old)))
	if err != nil {
		t.Fatal(err)
	}
	var signature, d, got bytes.Buffer
	if err := delta.WriteSignature(&signature, &odd{rest: old}, o); err != nil {
		t.Fatal(err)
	}
	s, err := delta.ReadSignature(&odd{rest: signature.Bytes()})
	if err != nil {
		t.Fatal(err)
	}
	if want := (len(old) + 1023) / 1024; s.Blocks() != want {
		t.Errorf("%d blocks, want %d", s.Blocks(), want)
	}
	if err := delta.WriteDelta(&d, s, &odd{rest: target}); err != nil {
		t.Fatal(err)
	}
	if n, err := delta.Patch(&got, bytes.NewReader(old), &odd{rest: d.Bytes()}, int64(len(target))); err != nil || n != int64(len(target)) {
		t.Fatalf("patch: %d, %v", n, err)
	}
	if !bytes.Equal(got.Bytes(), target) {
		t.Error("not the target")
	}
	if d.Len() > 3000 {
		t.Errorf("delta of %d bytes for two parts that changed places", d.Len())
	}
}

// TestErrorsOfStreams are passed on, not taken for an end.
func TestErrorsOfStreams(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	old := random(10_000, 1)
	signature, err := delta.Sign(old, delta.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := delta.ReadSignature(bytes.NewReader(signature))
	if err != nil {
		t.Fatal(err)
	}
	failing := func(b []byte) io.Reader { return io.MultiReader(bytes.NewReader(b), iotest.ErrReader(broken)) }
	options, _ := delta.Options{}.For(0)
	d, _ := delta.Between(old, old[1:], 1000)
	_, patchErr := delta.Patch(io.Discard, bytes.NewReader(old), failing(d[:6]), 1<<20)
	_, writeErr := delta.Patch(iotestWriter{broken}, bytes.NewReader(old), bytes.NewReader(d), 1<<20)
	_, readErr := delta.ReadSignature(failing(signature))
	_, headErr := delta.ReadSignature(failing(signature[:3]))
	for name, err := range map[string]error{
		"sign": delta.WriteSignature(io.Discard, failing(old), options), "sign to": delta.WriteSignature(iotestWriter{broken}, bytes.NewReader(old), options),
		"read": readErr, "read header": headErr, "delta": delta.WriteDelta(io.Discard, s, failing(old)),
		"delta to": delta.WriteDelta(iotestWriter{broken}, s, bytes.NewReader(random(1<<20, 9))), "patch": patchErr, "patch to": writeErr,
	} {
		if !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type iotestWriter struct{ err error }

func (w iotestWriter) Write([]byte) (int, error) { return 0, w.err }

// TestAgainstLibrary compares with librsync-go where that is safe: the classic kinds, from our own hands.
func TestAgainstLibrary(t *testing.T) {
	t.Parallel()
	old := random(200_000, 1)
	for kind, magic := range map[delta.Kind]librsync.MagicNumber{delta.MD4Classic: librsync.MD4_SIG_MAGIC, delta.BLAKE2Classic: librsync.BLAKE2_SIG_MAGIC} {
		var want bytes.Buffer
		theirs, err := librsync.Signature(bytes.NewReader(old), &want, 700, 16, magic)
		if err != nil {
			t.Fatal(err)
		}
		got, err := delta.Sign(old, delta.Options{Kind: kind, Block: 700, Strong: 16})
		if err != nil || !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%#x: not librsync-go's signature, %v", kind, err)
		}
		for name, target := range edits(old) {
			var d, patched bytes.Buffer
			if err := librsync.Delta(theirs, bytes.NewReader(target), &d); err != nil {
				t.Fatal(err)
			}
			if got, err := applied(old, d.Bytes(), len(target)); err != nil || !bytes.Equal(got, target) {
				t.Errorf("%s: librsync-go's delta makes something else, %v", name, err)
			}
			ours, _, err := delta.Make(got, target, 1<<30)
			if err != nil {
				t.Fatal(err)
			}
			if err := librsync.Patch(bytes.NewReader(old), bytes.NewReader(ours), &patched); err != nil || !bytes.Equal(patched.Bytes(), target) {
				t.Errorf("%s: librsync-go makes something else of our delta, %v", name, err)
			}
			if len(ours) > d.Len() {
				t.Errorf("%s: delta of %d bytes, librsync-go's has %d", name, len(ours), d.Len())
			}
		}
	}
}
