package blockstore_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/ipfs/go-cid"
	mh "github.com/multiformats/go-multihash"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/blocktest"
)

func TestReceiveStoresWhatMatchesItsHash(t *testing.T) {
	store := blocktest.New(t)
	w := store.Writer()
	defer w.Close()
	var batch []blockstore.Received
	for _, text := range []string{"", "one", "two"} {
		batch = append(batch, blockstore.Received{CID: rawCID(t, []byte(text)), Data: []byte(text)})
	}
	if err := w.Receive(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	for _, b := range batch {
		got, err := store.Get(t.Context(), b.CID)
		if err != nil || !bytes.Equal(got, b.Data) {
			t.Errorf("Get(%s) = %q, %v; want %q", b.CID, got, err, b.Data)
		}
		if has, err := w.Present(t.Context(), b.CID); !has || err != nil {
			t.Errorf("Present(%s) = %t, %v; want true", b.CID, has, err)
		}
	}
}

func TestReceiveRefusesTheWholeBatch(t *testing.T) {
	good := blockstore.Received{CID: rawCID(t, []byte("good")), Data: []byte("good")}
	md5, err := mh.Sum([]byte("x"), mh.MD5, -1)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		bad  blockstore.Received
		want error
	}{
		{"other bytes", blockstore.Received{CID: rawCID(t, []byte("said")), Data: []byte("sent")}, blockstore.ErrCorrupt},
		{"too large", blockstore.Received{CID: rawCID(t, nil), Data: make([]byte, blockstore.MaxBlock+1)}, blockstore.ErrTooLarge},
		{"other hash", blockstore.Received{CID: cid.NewCidV1(cid.Raw, md5), Data: []byte("x")}, blockstore.ErrUnsupported},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			store := blocktest.New(t)
			w := store.Writer()
			defer w.Close()
			if err := w.Receive(t.Context(), []blockstore.Received{good, test.bad}); !errors.Is(err, test.want) {
				t.Errorf("Receive = %v, want %v", err, test.want)
			}
			if has, err := w.Present(t.Context(), good.CID); has || err != nil {
				t.Errorf("Present = %t, %v; want nothing stored", has, err)
			}
		})
	}
}
