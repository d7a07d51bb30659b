package content_test

import (
	"bytes"
	"context"
	"net"
	"sync"
	"testing"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"github.com/melissiproject/hive/blockstore/blocktest"
	"github.com/melissiproject/hive/delta"
	"github.com/melissiproject/hive/internal/hivetest"
	"github.com/melissiproject/hive/sharing/internal/content"
	"github.com/melissiproject/hive/sharing/internal/fetch"
	"github.com/melissiproject/hive/sharing/internal/post"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// parrot is a network on which one hive says the same to whatever is asked.
type parrot struct {
	mu   sync.Mutex
	said []byte
}

func (p *parrot) Dial(context.Context, peer.ID, protocol.ID) (net.Conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	here, there := net.Pipe()
	said := p.said
	go func() {
		defer there.Close()
		go func() { // it listens to nothing
			for buf := make([]byte, 4096); ; {
				if _, err := there.Read(buf); err != nil {
					return
				}
			}
		}()
		_, _ = there.Write(said)
	}()
	return here, nil
}

func (*parrot) Handle(protocol.ID, func(peer.ID, net.Conn)) {}
func (*parrot) Notify(func(peer.ID, bool))                  {}

// FuzzAnswers has a hive say anything when it is asked for files of which there is a base: what counts as arrived is what the roots
// say, whatever it was made of.
func FuzzAnswers(f *testing.F) {
	say := func(v any) []byte {
		data, err := wire.Marshal(v)
		if err != nil {
			f.Fatal(err)
		}
		return append([]byte{byte(len(data))}, data...) // short ones
	}
	old := random(1, 200_000)
	small := bytes.Clone(old[:500])
	small[100]++
	change, _ := delta.Between(old[:500], small, 400)
	end := say(map[string]any{"end": true})
	f.Add(bytes.Join([][]byte{say(map[string]any{"delta": len(change)}), change, end}, nil))
	f.Add(bytes.Join([][]byte{say(map[string]any{"runs": []fetch.Run{{First: 0, Count: 1}}}), end}, nil))
	f.Add(bytes.Join([][]byte{say(map[string]any{"runs": []fetch.Run{{First: 0, Count: 1 << 40}, {First: -5, Count: 3}}}), end}, nil))
	f.Add(bytes.Join([][]byte{say(map[string]any{"size": 300, "skip": 200}), old[:300], end}, nil))
	f.Add(bytes.Join([][]byte{say(map[string]any{"unbased": true}), end, say(map[string]any{"unbased": true}), end}, nil))
	f.Add(bytes.Join([][]byte{say(map[string]any{"size": 500}), small[:77]}, nil))

	blocks := blocktest.New(f)
	w := blocks.Writer()
	defer w.Close()
	imports := func(data []byte) content.Want {
		file, err := w.Import(f.Context(), bytes.NewReader(data))
		if err != nil {
			f.Fatal(err)
		}
		return content.Want{Root: file.Root, Size: file.Size}
	}
	largeBase, smallBase := imports(old), imports(old[:500])
	elsewhere := blocktest.New(f) // makes the roots of what is wanted, and keeps the content
	ew := elsewhere.Writer()
	defer ew.Close()
	var wants []content.Want
	for i, data := range [][]byte{small, append(bytes.Clone(old), 'x'), old[1:]} {
		file, err := ew.Import(f.Context(), bytes.NewReader(data))
		if err != nil {
			f.Fatal(err)
		}
		want := content.Want{Entry: int64(i), Path: []string{"file"}, Root: file.Root, Size: file.Size}
		want.Base = &content.Base{Path: []string{"file"}, Root: largeBase.Root}
		if i == 0 {
			want.Base.Root = smallBase.Root
		}
		wants = append(wants, want)
	}
	network := &parrot{}
	fetcher := content.New(blocks, content.Config{
		Network: network, Breaker: post.NewBreaker(), Partials: &notes{},
		Arrived: func(ctx context.Context, files []content.Want) error {
			for _, file := range files {
				if whole, err := blocks.Complete(ctx, file.Root); err != nil || !whole {
					f.Errorf("file %d arrived and is not whole: %v", file.Entry, err)
				}
			}
			return nil
		},
	})
	of := fetch.Of{Ref: fetch.Ref{Share: "share", Head: 2}, Since: &fetch.Since{Head: 1}}
	hives := []peer.ID{hivetest.IDOf(hivetest.Key(1))}
	f.Fuzz(func(t *testing.T, said []byte) {
		network.mu.Lock()
		network.said = said
		network.mu.Unlock()
		_ = fetcher.Fetch(t.Context(), hives, of, wants)
	})
}
