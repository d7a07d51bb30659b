package record

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

func identity(t testing.TB) (crypto.PrivKey, peer.ID) {
	t.Helper()
	key, _, err := crypto.GenerateEd25519Key(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	hive, err := peer.IDFromPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return key, hive
}

func seal(t testing.TB, r Record, key crypto.PrivKey) []byte {
	t.Helper()
	data, err := Seal(r, key)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestSealAndOpen(t *testing.T) {
	key, hive := identity(t)
	want := Record{
		Hive: hive, Seq: 7, Name: "Anna's hive", URL: "https://hive.example", Version: "1.0",
		Addrs: []string{"/ip4/192.0.2.1/tcp/4484", "/dns4/hive.example/udp/4484/quic-v1"},
	}
	data := seal(t, want, key)
	got, err := Open(hive, data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if again, err := Read(hive, bytes.NewReader(data)); err != nil || again.Seq != 7 {
		t.Errorf("read: %+v, %v", again, err)
	}
	if !bytes.Equal(data, seal(t, want, key)) {
		t.Error("the same record is sealed in two ways")
	}
	for i := range data {
		broken := bytes.Clone(data)
		broken[i] ^= 1
		if got, err := Open(hive, broken); err == nil && !cmp.Equal(got, want) {
			t.Fatalf("byte %d changed, and the record says %+v", i, got)
		}
	}
}

func TestRefusals(t *testing.T) {
	key, hive := identity(t)
	otherKey, other := identity(t)
	many := make([]string, maxAddrs+1)
	for i := range many {
		many[i] = fmt.Sprintf("/ip4/192.0.2.1/tcp/%d", i+1)
	}
	for name, r := range map[string]Record{
		"no number":      {Hive: hive},
		"many addresses": {Hive: hive, Seq: 1, Addrs: many},
		"long name":      {Hive: hive, Seq: 1, Name: strings.Repeat("x", maxText+1)},
		"control":        {Hive: hive, Seq: 1, Name: "a\x1b[2Jb"},
		"not UTF-8":      {Hive: hive, Seq: 1, URL: "\xff"},
		"another hive":   {Hive: other, Seq: 1},
		"no address":     {Hive: hive, Seq: 1, Addrs: []string{"nowhere"}},
	} {
		if _, err := Seal(r, key); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	stolen := seal(t, Record{Hive: other, Seq: 1}, otherKey)
	if _, err := Open(hive, stolen); !errors.Is(err, ErrInvalid) {
		t.Errorf("the record of another: %v", err)
	}
	if _, err := Open(hive, make([]byte, maxBytes+1)); !errors.Is(err, ErrInvalid) {
		t.Errorf("too large: %v", err)
	}
	if _, err := Read(hive, strings.NewReader(strings.Repeat("x", 2*maxBytes))); !errors.Is(err, ErrInvalid) {
		t.Errorf("too long: %v", err)
	}
}

func TestValidator(t *testing.T) {
	key, hive := identity(t)
	_, other := identity(t)
	first, second := seal(t, Record{Hive: hive, Seq: 1}, key), seal(t, Record{Hive: hive, Seq: 2}, key)
	twin := seal(t, Record{Hive: hive, Seq: 2, Name: "twin"}, key)
	var v Validator
	if err := v.Validate(Key(hive), first); err != nil {
		t.Error(err)
	}
	for _, where := range []string{Key(other), "/pk/" + string(hive), "/hive/", "/hive/zzz", ""} {
		if err := v.Validate(where, first); !errors.Is(err, ErrInvalid) {
			t.Errorf("under %q: %v", where, err)
		}
	}
	for _, list := range [][][]byte{{first, second}, {second, first}, {nil, second, first}, {[]byte("x"), first, second}} {
		i, err := v.Select(Key(hive), list)
		if err != nil || !bytes.Equal(list[i], second) {
			t.Errorf("chose %d, %v", i, err)
		}
	}
	i, _ := v.Select(Key(hive), [][]byte{second, twin})
	j, _ := v.Select(Key(hive), [][]byte{twin, second})
	if i == j {
		t.Error("the choice of twins depends on their order")
	}
	if _, err := v.Select(Key(hive), [][]byte{nil}); !errors.Is(err, ErrInvalid) {
		t.Errorf("nothing valid: %v", err)
	}
}

func TestClip(t *testing.T) {
	if got := Clip("a\x00b\ncé"); got != "abcé" {
		t.Errorf("got %q", got)
	}
	if got := Clip(strings.Repeat("é", 200)); len(got) > maxText || !strings.HasSuffix(got, "é") {
		t.Errorf("got %d bytes", len(got))
	}
}

func TestAddrs(t *testing.T) {
	key, hive := identity(t)
	list := []ma.Multiaddr{ma.StringCast("/ip4/127.0.0.1/tcp/1")}
	for i := range 100 {
		list = append(list, ma.StringCast(fmt.Sprintf("/ip4/192.0.2.1/tcp/%d", i+1)))
	}
	addrs := Addrs(list)
	if len(addrs) != maxAddrs || addrs[0] != "/ip4/192.0.2.1/tcp/1" {
		t.Errorf("got %d addresses, the first %s", len(addrs), addrs[0])
	}
	seal(t, Record{Hive: hive, Seq: 1, Addrs: addrs, Name: strings.Repeat("n", maxText), URL: strings.Repeat("u", maxText)}, key)
}

func FuzzOpen(f *testing.F) {
	key, hive := identity(f)
	f.Add(seal(f, Record{Hive: hive, Seq: 3, Name: "n", Addrs: []string{"/ip4/192.0.2.1/tcp/4484"}}, key))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Open(hive, data)
		if err != nil {
			return
		}
		if r.Hive != hive || r.Seq == 0 || len(r.Addrs) > maxAddrs || len(data) > maxBytes {
			t.Errorf("got %+v", r)
		}
	})
}

// FuzzPayload looks behind the signature, which a hostile hive can make.
func FuzzPayload(f *testing.F) {
	key, hive := identity(f)
	valid, err := (&payload{Version: 1, Hive: []byte(hive), Seq: 1, Name: "n", Addrs: [][]byte{ma.StringCast("/ip4/192.0.2.1/tcp/1").Bytes()}}).MarshalRecord()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(valid)
	f.Add([]byte{0x87, 0x01, 0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		var p payload
		if p.UnmarshalRecord(data) != nil {
			return
		}
		r := Record{Hive: hive, Seq: p.Seq, Name: p.Name, URL: p.URL, Version: p.Agent}
		for _, raw := range p.Addrs {
			if addr, err := ma.NewMultiaddrBytes(raw); err == nil {
				r.Addrs = append(r.Addrs, addr.String())
			}
		}
		sealed, err := Seal(r, key)
		if err != nil {
			return
		}
		if got, err := Open(hive, sealed); err != nil || got.Name != r.Name {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}
