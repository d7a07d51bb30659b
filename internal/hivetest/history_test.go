package hivetest_test

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/internal/hivetest"
	"github.com/melissiproject/hive/sharing"
)

var (
	histories = flag.Int("histories", 12, "how many random histories of whole hives there are")
	firstSeed = flag.Uint64("seed", 1, "the seed of the first history")
)

// TestHistories lets an owner and two writers on three hives edit a shared folder by chance, while connections break, messages
// get lost, come late, twice and in another order, and hives crash in the middle of a write. In the end all have the same, and
// every version that was ever acknowledged is in a file, a conflict copy, a revision or the trash.
//
// What is done is determined by the seed. What happens at the same moment is not: the hives run at once.
func TestHistories(t *testing.T) {
	t.Parallel()
	many := *histories
	if testing.Short() {
		many = min(many, 4)
	}
	for n := range many {
		seed := *firstSeed + uint64(n)
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { newHistory(t, seed).run() })
		})
	}
}

// history is what happened to a shared folder.
type history struct {
	t       *testing.T
	rng     *rand.Rand
	w       *hivetest.World
	names   []string
	share   sharing.ShareID
	written map[cid.Cid]string // versions that were acknowledged
	ended   map[cid.Cid]bool   // versions that somebody who saw them replaced or deleted
	tapes   *tapes
	log     []string
	began   time.Time
}

const shared = "/garden"

func newHistory(t *testing.T, seed uint64) *history {
	t.Helper()
	h := &history{
		t: t, rng: rand.New(rand.NewPCG(seed, 0)), names: []string{"alice", "bob", "carol"},
		written: map[cid.Cid]string{}, ended: map[cid.Cid]bool{}, tapes: newTapes(), began: time.Now(),
	}
	h.w = hivetest.New(t, hivetest.Config{Hives: 3, Between: h.tapes.between, Log: logger()})
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d; again: go test ./internal/hivetest -run TestHistories -histories 1 -seed %d\n%s", seed, seed, strings.Join(h.log, "\n"))
		}
	})
	owner := h.user(0)
	owner.Mkdir(shared)
	for range h.rng.IntN(8) {
		h.edit(0)
	}
	h.share = owner.Share(shared, sharing.Writer, h.user(1), h.user(2))
	for n := 1; n < 3; n++ {
		h.user(n).Accept(h.share, shared, sharing.Full)
	}
	if h.rng.IntN(4) > 0 { // else what follows meets replicas that have nothing yet
		h.settle()
	}
	return h
}

func (h *history) user(n int) *hivetest.User { return h.w.Hives[n].User(h.names[n]) }

func (h *history) say(format string, args ...any) {
	h.log = append(h.log, fmt.Sprintf("%12s  ", time.Since(h.began).Round(time.Millisecond))+fmt.Sprintf(format, args...))
}

// run is the history, and how it ends.
func (h *history) run() {
	for range 15 + h.rng.IntN(40) {
		h.step()
		for n := range h.w.Hives {
			if h.w.Hives[n].Crashed() {
				h.crash(n)
			}
		}
	}
	h.mend()
	h.settle()
	h.search()
}

// step is something that can happen.
func (h *history) step() {
	n := h.rng.IntN(3)
	m := (n + 1 + h.rng.IntN(2)) % 3
	here, there := h.w.Hives[n].ID, h.w.Hives[m].ID
	switch h.rng.IntN(20) {
	case 0:
		h.say("%s and %s are cut off", h.names[n], h.names[m])
		h.w.Mesh.Partition(here, there, true)
	case 1:
		h.say("%s and %s do not hear each other", h.names[n], h.names[m])
		h.w.Mesh.Blackhole(here, there, true)
	case 2, 3:
		h.say("%s and %s meet", h.names[n], h.names[m])
		h.w.Mesh.Partition(here, there, false)
		h.w.Mesh.Blackhole(here, there, false)
	case 4:
		d := time.Duration(h.rng.IntN(3000)) * time.Millisecond
		h.say("%s takes from %s to %s", d, h.names[n], h.names[m])
		h.w.Mesh.Delay(here, there, d)
	case 5, 6:
		bytes := int64(1) << h.rng.IntN(19)
		h.say("the connection of %s and %s breaks after %d bytes", h.names[n], h.names[m], bytes)
		h.w.Mesh.CutAfter(here, there, bytes)
	case 7:
		if replayed, err := h.tapes.replay(h.t.Context(), h.rng); replayed {
			h.say("an old message once more: %v", err)
		}
	case 8, 9:
		writes := h.rng.IntN(12)
		h.say("%s crashes after %d writes", h.names[n], writes)
		h.w.Hives[n].CrashAfter(writes)
	case 10:
		h.say("%s crashes", h.names[n])
		h.crash(n)
	default:
		for range 1 + h.rng.IntN(3) {
			h.edit(n)
		}
	}
	pauses := []time.Duration{0, time.Millisecond, 40 * time.Millisecond, 100 * time.Millisecond, time.Second, 10 * time.Second, 10 * time.Minute}
	if pause := pauses[h.rng.IntN(len(pauses))]; pause > 0 {
		<-time.After(time.Duration(h.rng.Int64N(int64(pause))))
	}
}

// crash ends a hive where it stands, and opens it again on what was on its disk, perhaps later.
func (h *history) crash(n int) {
	h.w.Hives[n].Crash()
	if h.rng.IntN(3) == 0 {
		<-time.After(time.Duration(h.rng.Int64N(int64(time.Minute))))
	}
	h.w.Hives[n].Start()
	h.say("%s is back", h.names[n])
}

// mend ends all faults.
func (h *history) mend() {
	h.say("all is well from now on")
	for n, hive := range h.w.Hives {
		if hive.Crashed() {
			h.crash(n)
		}
		hive.CrashAfter(1 << 30)
		for _, other := range h.w.Hives[:n] {
			h.w.Mesh.Partition(hive.ID, other.ID, false)
			h.w.Mesh.Blackhole(hive.ID, other.ID, false)
			h.w.Mesh.Delay(hive.ID, other.ID, 0)
			h.w.Mesh.CutAfter(hive.ID, other.ID, 1<<50)
			h.w.Mesh.CutAfter(other.ID, hive.ID, 1<<50)
		}
	}
}

// settle waits until all have the same and nothing is under way any more.
func (h *history) settle() {
	h.t.Helper()
	var problem error
	for range 200 {
		<-time.After(time.Minute)
		if problem = h.equal(); problem == nil {
			return
		}
	}
	h.t.Fatalf("not in 200 minutes: %v", problem)
}

// equal tells what keeps the hives from having the same.
func (h *history) equal() error {
	want, err := h.state(0)
	if err != nil {
		return err
	}
	for n := range h.w.Hives {
		got, err := h.state(n)
		if err != nil {
			return err
		}
		if !maps.Equal(got, want) {
			return fmt.Errorf("alice has\n%s\n%s has\n%s", listing(want), h.names[n], listing(got))
		}
		s, err := h.w.Hives[n].Sharing.Status(h.t.Context(), h.share)
		if err != nil {
			return err
		}
		if s.Proposed || s.Missing > 0 || s.Guarded > 0 || s.Problem != nil {
			return fmt.Errorf("%s: status %+v", h.names[n], s)
		}
	}
	return nil
}

func listing(state map[string]string) string {
	var lines []string
	for _, path := range slices.Sorted(maps.Keys(state)) {
		lines = append(lines, "\t"+path+"\t"+state[path])
	}
	return strings.Join(lines, "\n")
}

// state is all a user sees in the folder, by path: folders, and files with what they are. Their contents can be read.
func (h *history) state(n int) (map[string]string, error) {
	state := map[string]string{}
	u := h.user(n)
	for e, err := range u.Home().Walk(h.t.Context(), h.path(shared)) {
		if err != nil {
			return nil, fmt.Errorf("%s: %w", u.Name, err)
		}
		if e.Kind == catalog.KindFolder {
			state[e.Path+"/"] = ""
			continue
		}
		content, err := u.TryRead(e.Path)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", u.Name, e.Path, err)
		}
		first, _, _ := strings.Cut(content, "\n")
		state[e.Path] = fmt.Sprintf("%s %s %d %v %v", first, e.Root, e.Size, e.MTime.UTC(), e.Exec)
	}
	return state, nil
}

// search looks for all that was acknowledged, as the users could: in files, their revisions, and in what the trash gives back.
func (h *history) search() {
	h.t.Helper()
	present, found := map[cid.Cid]bool{}, map[cid.Cid]bool{}
	h.collect(h.user(0), present, map[cid.Cid]bool{})
	for n, hive := range h.w.Hives {
		h.w.Mesh.Isolate(hive.ID, true) // what one takes out of the trash shall not go to the others
		u := h.user(n)
		h.collect(u, found, found)
		for {
			trash, err := u.Home().Trash(h.t.Context(), 0, 100)
			if err != nil {
				h.t.Fatal(err)
			}
			if len(trash) == 0 {
				break
			}
			for _, gone := range trash {
				if _, err := u.Home().RestoreTrash(h.t.Context(), gone.ID, nil); err != nil {
					h.t.Fatalf("%s: restore %s: %v", u.Name, gone.Path, err)
				}
			}
		}
		h.collect(u, found, found)
	}
	for root, what := range h.written {
		switch {
		case !found[root]:
			h.t.Errorf("lost: %s", what)
		case !present[root] && !h.ended[root]:
			h.t.Errorf("in no file though nobody replaced or deleted it: %s", what)
		}
	}
}

// collect notes the versions that a user can read: those of files as they are, and older ones.
func (h *history) collect(u *hivetest.User, newest, older map[cid.Cid]bool) {
	h.t.Helper()
	for e, err := range u.Home().Walk(h.t.Context(), h.path("/")) {
		if err != nil {
			h.t.Fatalf("%s: %v", u.Name, err)
		}
		if e.Kind == catalog.KindFolder {
			continue
		}
		revisions, err := u.Home().Revisions(h.t.Context(), h.path(e.Path), 0, 100)
		if err != nil {
			h.t.Fatalf("%s: %v", u.Name, err)
		}
		for _, r := range revisions {
			_, content, err := u.Home().Open(h.t.Context(), h.path(e.Path), r.Number)
			if err == nil {
				_, err = io.Copy(io.Discard, content)
				err = errors.Join(err, content.Close())
			}
			switch {
			case err == nil && r.Number == e.Revision:
				newest[r.Root] = true
			case err == nil:
				older[r.Root] = true
			case !errors.Is(err, catalog.ErrAbsent): // another may hold it
				h.t.Errorf("%s: revision %d of %s: %v", u.Name, r.Number, e.Path, err)
			}
		}
	}
}
