package delta_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/melissiproject/hive/delta"
)

// rdiff runs Debian's rdiff in a folder of its own. Where it is not installed the test is skipped.
type rdiff struct {
	t   *testing.T
	dir string
}

func newRdiff(t *testing.T) *rdiff {
	t.Helper()
	if _, err := exec.LookPath("rdiff"); err != nil {
		t.Skip("rdiff is not installed")
	}
	return &rdiff{t: t, dir: t.TempDir()}
}

func (r *rdiff) file(name string, content []byte) string {
	r.t.Helper()
	name = filepath.Join(r.dir, name)
	if err := os.WriteFile(name, content, 0o600); err != nil {
		r.t.Fatal(err)
	}
	return name
}

// run calls rdiff with a last argument for what it writes, and returns that.
func (r *rdiff) run(args ...string) []byte {
	r.t.Helper()
	out := filepath.Join(r.dir, "out")
	args = append([]string{"-f"}, append(args, out)...)
	if text, err := exec.CommandContext(r.t.Context(), "rdiff", args...).CombinedOutput(); err != nil {
		r.t.Fatalf("rdiff %v: %v\n%s", args, err, text)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		r.t.Fatal(err)
	}
	return b
}

// kinds are all kinds, with the arguments by which rdiff makes them.
var kinds = []struct {
	name string
	kind delta.Kind
	args []string
}{
	{"blake2-rabinkarp", delta.BLAKE2RabinKarp, []string{"-H", "blake2", "-R", "rabinkarp"}},
	{"md4-rabinkarp", delta.MD4RabinKarp, []string{"-H", "md4", "-R", "rabinkarp"}},
	{"blake2-classic", delta.BLAKE2Classic, []string{"-H", "blake2", "-R", "rollsum"}},
	{"md4-classic", delta.MD4Classic, []string{"-H", "md4", "-R", "rollsum"}},
}

// random gives n bytes that are the same for the same seed.
func random(n int, seed byte) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(b)
	return b
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// edits are what people do to files.
func edits(old []byte) map[string][]byte {
	n := len(old)
	inPlace := bytes.Clone(old)
	for i := 0; i < n; i += n/20 + 1 {
		inPlace[i] ^= 0xff
	}
	return map[string][]byte{
		"same":       old,
		"in place":   inPlace,
		"insertion":  join(old[:n/3], []byte("inserted"), old[n/3:]),
		"front":      join([]byte("x"), old),
		"truncation": old[:n-n/3],
		"appended":   join(old, random(1000, 9)),
		"reordered":  join(old[n/2:], old[:n/2]),
		"empty":      nil,
		"other":      random(n+1, 99),
	}
}

// TestRdiffSignature holds our signatures to rdiff's, byte for byte.
func TestRdiffSignature(t *testing.T) {
	t.Parallel()
	r := newRdiff(t)
	for _, size := range []int{0, 1, 257, 65536, 65537, 1_000_000} {
		base := random(size, 1)
		name := r.file("base", base)
		for _, k := range kinds {
			for _, o := range []struct{ block, strong int }{{0, 0}, {100, 16}, {70_000, 5}} {
				want := r.run(append(k.args, "-b", fmt.Sprint(o.block), "-S", fmt.Sprint(o.strong), "signature", name)...)
				options, err := delta.Options{Kind: k.kind, Block: o.block, Strong: o.strong}.For(int64(size))
				if err != nil {
					t.Fatal(err)
				}
				var got bytes.Buffer
				if err := delta.WriteSignature(&got, bytes.NewReader(base), options); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got.Bytes(), want) {
					t.Errorf("%s, %d bytes, %+v: not rdiff's signature", k.name, size, o)
				}
			}
			if shortest := r.run(append(k.args, "-S", "-1", "signature", name)...); len(shortest) > 0 {
				if _, err := delta.ReadSignature(bytes.NewReader(shortest)); err != nil {
					t.Errorf("%s, %d bytes, shortest sums of rdiff: %v", k.name, size, err)
				}
			}
		}
	}
}

// TestRdiffDelta makes deltas here for rdiff, and there for us.
func TestRdiffDelta(t *testing.T) {
	t.Parallel()
	r := newRdiff(t)
	for _, size := range []int{0, 1, 1_000_000} {
		old := random(size, 2)
		base := r.file("base", old)
		for _, k := range kinds {
			ours, err := delta.Sign(old, delta.Options{Kind: k.kind})
			if err != nil {
				t.Fatal(err)
			}
			signature := r.file("signature", ours)
			for name, want := range edits(old) {
				theirs := r.run("delta", signature, r.file("target", want))
				if got, err := applied(old, theirs, len(want)); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s, %d bytes, %s: rdiff's delta makes something else, %v", k.name, size, name, err)
				}
				d, ok, err := delta.Make(ours, want, 1<<30)
				if err != nil || !ok {
					t.Fatal(err)
				}
				if got := r.run("patch", base, r.file("delta", d)); !bytes.Equal(got, want) {
					t.Errorf("%s, %d bytes, %s: rdiff makes something else of our delta", k.name, size, name)
				}
				if most := len(theirs) + len(theirs)/100 + 16; len(d) > most {
					t.Errorf("%s, %d bytes, %s: delta of %d bytes, rdiff's %d", k.name, size, name, len(d), len(theirs))
				}
				if k.kind != delta.BLAKE2RabinKarp {
					continue
				}
				near, _ := delta.Between(old, want, 1<<30)
				if got := r.run("patch", base, r.file("delta", near)); !bytes.Equal(got, want) {
					t.Errorf("%d bytes, %s: rdiff makes something else of Between's delta", size, name)
				}
			}
		}
	}
}

// TestRdiffLarge is the same with 100 MB, once: our signature, our delta for it, and rdiff's.
func TestRdiffLarge(t *testing.T) {
	t.Parallel()
	r := newRdiff(t)
	const size = 100_000_000
	old := random(size, 3)
	want := join(old[:size/2], []byte("inserted"), old[size/2:])
	ours, err := delta.Sign(old, delta.Options{})
	if err != nil {
		t.Fatal(err)
	}
	base := r.file("base", old)
	if !bytes.Equal(r.run("signature", base), ours) {
		t.Error("not rdiff's signature")
	}
	d, ok, err := delta.Make(ours, want, 64<<10)
	if err != nil || !ok {
		t.Fatalf("no delta within 64 KiB: %v", err)
	}
	if !bytes.Equal(r.run("patch", base, r.file("delta", d)), want) {
		t.Error("rdiff makes something else of our delta")
	}
	theirs := r.run("delta", r.file("signature", ours), r.file("target", want))
	if got, err := applied(old, theirs, len(want)); err != nil || !bytes.Equal(got, want) {
		t.Errorf("rdiff's delta makes something else: %v", err)
	}
}
