package replica_test

import (
	"strings"
	"testing"

	"github.com/melissiproject/hive/sharing/internal/ledger"
)

func TestMembersFollowTheOwner(t *testing.T) {
	t.Parallel()
	r := newRig(t, 3)
	a, b, c := r.hives[0], r.hives[1], r.hives[2]
	r.share(ledger.Reader, ledger.Writer)
	r.awaitAll(map[string]string{}, b, c)
	a.mkdir("docs")
	a.write("docs/one", "1")
	a.write("two", "2")
	big := strings.Repeat("0123456789abcdef", 300_000)
	a.write("big", big)
	want := map[string]string{"docs/": "", "docs/one": "1", "two": "2", "big": "4800000 bytes, 3031323334353637"}
	r.awaitAll(want, b, c)
	a.rename("docs/one", "one")
	a.write("two", "22")
	a.remove("docs")
	r.awaitAll(map[string]string{"one": "1", "two": "22", "big": want["big"]}, b, c)
}

func TestWritersPropose(t *testing.T) {
	t.Parallel()
	r := newRig(t, 3)
	a, b, c := r.hives[0], r.hives[1], r.hives[2]
	r.share(ledger.Writer, ledger.Reader)
	a.write("plan", "by a")
	r.awaitAll(map[string]string{"plan": "by a"}, b, c)
	b.mkdir("from b")
	b.write("from b/new", "by b")
	b.write("plan", "by b")
	r.awaitAll(map[string]string{"plan": "by b", "from b/": "", "from b/new": "by b"}, a, b, c)
	b.rename("plan", "from b/plan")
	b.remove("from b/new")
	r.awaitAll(map[string]string{"from b/": "", "from b/plan": "by b"}, a, b, c)
}

func TestBothSidesEditTheSame(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	a, b := r.hives[0], r.hives[1]
	r.share(ledger.Writer)
	a.write("note.txt", "first")
	r.awaitAll(map[string]string{"note.txt": "first"}, b)
	r.mesh.Partition(a.id, b.id, true)
	a.write("note.txt", "by a")
	b.write("note.txt", "by b")
	a.write("only a", "a")
	b.write("only b", "b")
	r.mesh.Partition(a.id, b.id, false)
	r.await("a has what b wrote", func() bool { return a.files()["only b"] == "b" })
	all := r.awaitEqual()
	if all["note.txt"] != "by a" || all["only a"] != "a" || len(all) != 4 {
		t.Errorf("got %v", all)
	}
	copies := 0
	for name, text := range all {
		if strings.HasPrefix(name, "note (conflict, user1, ") && strings.HasSuffix(name, ").txt") && text == "by b" {
			copies++
		}
	}
	if copies != 1 {
		t.Errorf("%d conflict copies in %v", copies, all)
	}
}
