package node

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"

	"github.com/ipfs/go-cid"

	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/node/internal/belonging"
	"github.com/melissiproject/hive/node/internal/identity"
	"github.com/melissiproject/hive/node/internal/pieces"
)

// Finding is damage that Fsck met.
type Finding struct {
	Kind string `json:"kind"` // block: bytes do not match their hash; root: content of a file is not whole
	Root string `json:"root"` // CID of the block or of the content
	Err  string `json:"err"`
}

// Checked counts what Fsck looked at.
type Checked struct {
	Blocks   int64 `json:"blocks"`
	Roots    int64 `json:"roots"`
	Findings int64 `json:"findings"`
}

// Fsck verifies every block and that every named root is whole. It changes nothing, and wants the hive stopped. It gives
// each damage to report, and an error only where it could not go on.
func Fsck(ctx context.Context, cfg Config, report func(Finding)) (_ Checked, err error) {
	n := &Node{cfg: cfg, log: cfg.logger()}
	if err := checkFolder(cfg.Data); err != nil {
		return Checked{}, err
	}
	if n.lock, err = lockFolder(cfg.Data); err != nil {
		return Checked{}, err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if n.identity, err = identity.Read(filepath.Join(cfg.Data, identityFile)); err != nil {
		return Checked{}, err
	}
	if n.db, err = belonging.Open(ctx, cfg.folder(), false); err != nil {
		return Checked{}, err
	}
	made, err := hasBlocks(ctx, n.db, cfg)
	if err != nil {
		return Checked{}, err
	}
	if made {
		n.engine, n.blocks, err = openBlocks(cfg)
	} else {
		n.blocks, err = pieces.Store() // of a hive that never ran: none is made
	}
	if err != nil {
		return Checked{}, err
	}
	if n.catalog, err = catalog.New(n.db, n.blocks, catalog.Config{}); err != nil {
		return Checked{}, err
	}
	if n.thumbs, err = openThumbnails(n.db, n.blocks, cfg); err != nil {
		return Checked{}, err
	}
	if n.settings, err = openSettings(ctx, n.db, cfg); err != nil {
		return Checked{}, err
	}
	if n.accounts, err = openAccounts(n.db, n.settings, n.log, nil); err != nil {
		return Checked{}, err
	}
	if err := n.openSharing(ctx); err != nil {
		return Checked{}, err
	}
	c := check{blocks: n.blocks, report: report}
	if err := c.verify(ctx); err != nil {
		return c.Checked, err
	}
	return c.Checked, c.walk(ctx, n.roots(ctx))
}

// check is one run of Fsck.
type check struct {
	Checked
	blocks *blockstore.Store
	report func(Finding)
}

func (c *check) find(kind string, root cid.Cid, err error) {
	c.Findings++
	c.report(Finding{Kind: kind, Root: root.String(), Err: err.Error()})
}

// verify reads every block.
func (c *check) verify(ctx context.Context) error {
	for finding, err := range c.blocks.Verify(ctx, 0) {
		if err != nil {
			return fmt.Errorf("node: verify blocks: %w", err)
		}
		c.find("block", finding.Block, finding.Err)
	}
	stat, err := c.blocks.Stat(ctx)
	c.Blocks = stat.Blocks
	return err
}

// walk looks for every block under every root. Their bytes are verified by verify.
func (c *check) walk(ctx context.Context, roots iter.Seq2[cid.Cid, error]) error {
	for root, err := range roots {
		if err != nil {
			return fmt.Errorf("node: list roots: %w", err)
		}
		c.Roots++
		err := c.blocks.Walk(ctx, root, func(child cid.Cid) error {
			ok, err := c.blocks.Has(ctx, child)
			if err == nil && !ok {
				err = fmt.Errorf("%w: %s", blockstore.ErrNotFound, child)
			}
			return err
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			c.find("root", root, err)
		}
	}
	return nil
}
