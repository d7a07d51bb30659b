package head_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
	mh "github.com/multiformats/go-multihash"

	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// hive returns a key and its peer ID: an identity multihash of the protobuf of the public key.
func hive(t testing.TB, seed byte) (ed25519.PrivateKey, peer.ID) {
	t.Helper()
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	public := append([]byte{8, 1, 18, 32}, key.Public().(ed25519.PublicKey)...)
	hash, err := mh.Sum(public, mh.IDENTITY, -1)
	if err != nil {
		t.Fatal(err)
	}
	return key, peer.ID(hash)
}

func root(text string) []byte {
	hash, err := mh.Sum([]byte(text), mh.SHA2_256, -1)
	if err != nil {
		panic(err)
	}
	return cid.NewCidV1(cid.DagCBOR, hash).Bytes()
}

func example(t testing.TB) head.Head {
	_, member := hive(t, 2)
	return head.Head{
		Share: "abc", Seq: 2, Prev: bytes.Repeat([]byte{7}, 32), Root: root("tree"), Name: "Photos",
		Members: []head.Member{
			{Hive: []byte(member), User: "bob", Role: head.Reader},
			{Hive: []byte(member), User: "eve", Role: head.Writer, Expires: 1000},
		},
		Merged: []head.Merged{{Hive: []byte(member), Number: 5}},
	}
}

func TestHeadComesBackSigned(t *testing.T) {
	key, owner := hive(t, 1)
	want := example(t)
	signed, err := want.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	got, err := head.Open(signed, owner)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	_, member := hive(t, 2)
	_, stranger := hive(t, 3)
	if m := got.MergedOf(member); m.Number != 5 {
		t.Errorf("MergedOf = %+v, want number 5", m)
	}
	roles := []struct {
		hive peer.ID
		now  int64
		want string
	}{{member, 999, head.Writer}, {member, 1000, head.Reader}, {stranger, 0, ""}}
	for _, r := range roles {
		if role := got.Role(r.hive, r.now); role != r.want {
			t.Errorf("Role(%s, %d) = %q, want %q", r.hive, r.now, role, r.want)
		}
	}
	if d := cmp.Diff([]peer.ID{member}, got.Hives()); d != "" {
		t.Error(d)
	}
}

func TestForgeriesAreRefused(t *testing.T) {
	key, owner := hive(t, 1)
	other, stranger := hive(t, 3)
	signed, err := example(t).Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	forged, err := example(t).Sign(other)
	if err != nil {
		t.Fatal(err)
	}
	changed := head.Signed{Body: bytes.Clone(signed.Body), Signature: signed.Signature}
	changed.Body[len(changed.Body)-1] ^= 1
	proposal := head.Proposal{Share: "abc", Number: 1, BaseRoot: root("a"), Root: root("b")}
	asHead, err := proposal.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		signed head.Signed
		by     peer.ID
	}{
		"other signer":        {forged, owner},
		"other owner":         {signed, stranger},
		"changed body":        {changed, owner},
		"a proposal":          {asHead, owner},
		"no signature":        {head.Signed{Body: signed.Body}, owner},
		"not a peer":          {signed, peer.ID("nobody")},
		"short signature":     {head.Signed{Body: signed.Body, Signature: signed.Signature[:63]}, owner},
		"signature of nought": {head.Signed{Signature: signed.Signature}, owner},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := head.Open(test.signed, test.by)
			if !errors.Is(err, head.ErrSignature) && !errors.Is(err, head.ErrMalformed) {
				t.Errorf("Open = %v, want a refusal", err)
			}
		})
	}
}

func TestMalformedStatementsAreRefused(t *testing.T) {
	key, owner := hive(t, 1)
	tests := map[string]func(*head.Head){
		"no share":       func(h *head.Head) { h.Share = "" },
		"seq 0":          func(h *head.Head) { h.Seq = 0 },
		"first and prev": func(h *head.Head) { h.Seq = 1 },
		"no prev":        func(h *head.Head) { h.Prev = nil },
		"no root":        func(h *head.Head) { h.Root = nil },
		"raw root":       func(h *head.Head) { h.Root = append([]byte{1, 0x55}, h.Root[2:]...) },
		"role":           func(h *head.Head) { h.Members[0].Role = "owner" },
		"peer":           func(h *head.Head) { h.Members[0].Hive = []byte{1} },
		"crowd":          func(h *head.Head) { h.Members = make([]head.Member, 5000) },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			h := example(t)
			spoil(&h)
			if _, err := h.Sign(key); !errors.Is(err, head.ErrMalformed) {
				t.Errorf("Sign = %v, want ErrMalformed", err)
			}
			body, err := wire.Marshal(h)
			if err != nil {
				t.Fatal(err)
			}
			s := head.Signed{Body: body, Signature: ed25519.Sign(key, append([]byte("hive head 1\n"), body...))}
			if _, err := head.Open(s, owner); !errors.Is(err, head.ErrMalformed) {
				t.Errorf("Open = %v, want ErrMalformed", err)
			}
		})
	}
}

func TestHashLinksSignedHeads(t *testing.T) {
	key, _ := hive(t, 1)
	a, err := example(t).Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	h := example(t)
	h.Name = "Others"
	b, err := h.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(a.Hash(), b.Hash()) || len(a.Hash()) != 32 {
		t.Errorf("hashes %x and %x", a.Hash(), b.Hash())
	}
}

// FuzzOpen signs what the fuzzer makes, so that the parser behind the signature is reached.
func FuzzOpen(f *testing.F) {
	key, owner := hive(f, 1)
	signed, err := example(f).Sign(key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed.Body)
	f.Fuzz(func(t *testing.T, body []byte) {
		h, err := head.Open(head.Signed{Body: body, Signature: ed25519.Sign(key, append([]byte("hive head 1\n"), body...))}, owner)
		if err == nil && (!h.Tree().Defined() || h.Seq == 0) {
			t.Errorf("Open took %x", body)
		}
		p, err := head.OpenProposal(head.Signed{Body: body, Signature: ed25519.Sign(key, append([]byte("hive proposal 1\n"), body...))}, owner)
		if err == nil && (!p.Tree().Defined() || !p.Base().Defined()) {
			t.Errorf("OpenProposal took %x", body)
		}
	})
}
