package tree

import (
	"context"
	"fmt"
	"iter"

	"github.com/ipfs/go-cid"
	"github.com/melissiproject/hive/sharing/tree/internal/node"
)

// builder cuts the items of one level into nodes.
type builder struct {
	sink  Sink
	level int
	node  Node
	emit  func(Sub) error // takes every node, in order
}

func (b *builder) entry(ctx context.Context, e Entry) error {
	b.node.Entries = append(b.node.Entries, e)
	return b.added(ctx, e.Name)
}

func (b *builder) sub(ctx context.Context, s Sub) error {
	b.node.Subs = append(b.node.Subs, s)
	return b.added(ctx, s.Last)
}

func (b *builder) added(ctx context.Context, name string) error {
	if b.node.Len() == MaxItems || node.Closes(b.level, name) {
		return b.finish(ctx)
	}
	return nil
}

// fresh tells whether the next item begins a node.
func (b *builder) fresh() bool { return b.node.Len() == 0 }

// finish ends the node under way.
func (b *builder) finish(ctx context.Context) error {
	if b.fresh() {
		return nil
	}
	b.node.Level = b.level
	c, err := put(ctx, b.sink, b.node)
	if err != nil {
		return err
	}
	s := Sub{Last: b.node.Last(), Node: c, Entries: b.node.Count()}
	b.node = Node{Entries: b.node.Entries[:0], Subs: b.node.Subs[:0]}
	return b.emit(s)
}

// put stores a node.
func put(ctx context.Context, sink Sink, n Node) (cid.Cid, error) {
	data, err := n.Encode()
	if err != nil {
		return cid.Undef, err
	}
	c := node.Sum(data)
	if err := sink.Put(ctx, c, data); err != nil {
		return cid.Undef, fmt.Errorf("tree: %w", err)
	}
	return c, nil
}

// Build stores the tree of a folder with the entries, which come sorted bytewise by name. Equal entries give equal roots,
// whatever was there before.
func Build(ctx context.Context, sink Sink, entries iter.Seq2[Entry, error]) (Folder, error) {
	var nodes []Sub
	b := builder{sink: sink, emit: func(s Sub) error {
		nodes = append(nodes, s)
		return nil
	}}
	last := ""
	for e, err := range entries {
		if err != nil {
			return Folder{}, err
		}
		if e.Name <= last {
			return Folder{}, fmt.Errorf("%w: %.80q after %.80q", ErrOrder, e.Name, last)
		}
		last = e.Name
		if err := b.entry(ctx, e); err != nil {
			return Folder{}, err
		}
	}
	if err := b.finish(ctx); err != nil {
		return Folder{}, err
	}
	return crown(ctx, sink, 0, nodes)
}

// crown builds levels above the nodes of one level until one is left.
func crown(ctx context.Context, sink Sink, level int, nodes []Sub) (Folder, error) {
	if len(nodes) == 0 {
		_, err := put(ctx, sink, Node{})
		return Folder{Root: emptyRoot}, err
	}
	for ; len(nodes) > 1; level++ {
		if level == MaxLevel {
			return Folder{}, fmt.Errorf("%w: %d levels", ErrLimit, level)
		}
		var above []Sub
		b := builder{sink: sink, level: level + 1, emit: func(s Sub) error {
			above = append(above, s)
			return nil
		}}
		for _, s := range nodes {
			if err := b.sub(ctx, s); err != nil {
				return Folder{}, err
			}
		}
		if err := b.finish(ctx); err != nil {
			return Folder{}, err
		}
		nodes = above
	}
	if nodes[0].Entries > MaxEntries {
		return Folder{}, fmt.Errorf("%w: %d entries", ErrLimit, nodes[0].Entries)
	}
	return Folder{nodes[0].Node, nodes[0].Entries}, nil
}
