package member

import (
	"context"
	"slices"
	"strings"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/sharing/internal/ledger"
	"github.com/melissiproject/hive/sharing/tree"
)

// moves are where entries of a replica lie in the head it applied, by where they lie here: what was moved here and is not in a head yet.
type moves map[string][]string

// movesSince are those since the tree root.
func movesSince(ctx context.Context, m *Member, share ledger.Share, root cid.Cid) (moves, error) {
	local, err := m.Forest.Grow(ctx, share.Space, share.Folder)
	if err != nil {
		return nil, err
	}
	changes, err := tree.Diff(ctx, m.Blocks, root, local.Root)
	if err != nil {
		return nil, err
	}
	moved := make(moves)
	for uid, c := range changes.ByUID {
		if c.Before != nil && c.After != nil {
			moved[strings.Join(changes.PathAfter(uid), "/")] = changes.PathBefore(uid)
		}
	}
	return moved, nil
}

// before is where an entry was that lies at path now: it may have been moved itself, or a folder above it.
func (m moves) before(path []string) []string {
	for n := len(path); n > 0; n-- {
		if was, ok := m[strings.Join(path[:n], "/")]; ok {
			return slices.Concat(was, path[n:])
		}
	}
	return path
}
