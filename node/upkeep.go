package node

import (
	"context"
	"errors"
	"time"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/node/internal/belonging"
	"github.com/melissiproject/hive/node/internal/upkeep"
)

// thinEvery is the pause between two looks at what is old: trash, revisions, the record of who did what.
const thinEvery = time.Hour

// upkeep does the background work until ctx ends.
func (n *Node) upkeep(ctx context.Context) error {
	samples := newSampler(n)
	return n.book.Run(ctx,
		upkeep.Task{Name: "statistics", Every: sampleEvery, Run: func(ctx context.Context) error { return samples.Take(ctx, time.Now()) }},
		upkeep.Task{Name: "thin", Every: thinEvery, Run: n.thin},
		upkeep.Task{Name: "audit", Every: thinEvery, Run: n.pruneAudit},
		upkeep.Task{Name: "gc", Every: time.Duration(n.cfg.GC.Every), Run: n.collect, Early: n.full},
		upkeep.Task{Name: "scrub", Every: time.Duration(n.cfg.Scrub.Every), Run: n.scrub},
	)
}

func (n *Node) thin(ctx context.Context) error {
	start := time.Now()
	now := n.settings.Now()
	thinned, err := n.catalog.Thin(ctx, start, catalog.Keep{TrashDays: now.TrashDays, KeepRevisions: !now.ThinRevisions})
	if err == nil && thinned != (catalog.Thinned{}) {
		n.log.Info("old revisions and trash deleted", "thinned", thinned, "took", time.Since(start))
	}
	return errors.Join(err, n.links.Tidy(ctx, start))
}

func (n *Node) collect(ctx context.Context) error {
	if err := n.makeRoom(ctx); err != nil {
		n.log.Warn("content kept on demand not given up", "err", err)
	}
	if err := n.thumbs.Trim(ctx, time.Now(), wanted(n.thumbs, n.cfg) == nil || n.full()); err != nil {
		n.log.Warn("thumbnails not given up", "err", err)
	}
	if err := n.sharing.Tidy(ctx); err != nil {
		n.log.Warn("what is of no more use to shares not forgotten", "err", err)
	}
	used := func(ctx context.Context) (bool, error) { return catalog.Used(ctx, n.catalog) }
	emptied := func(ctx context.Context) (bool, error) { return n.audit.Has(ctx, "user.delete") }
	c, err := n.blocks.Collect(ctx, belonging.Roots(ctx, concat(n.roots(ctx), n.sharing.Begun(ctx)), n.blocks.Stat, used, emptied))
	if errors.Is(err, belonging.ErrBegun) {
		return nil
	}
	if err == nil {
		n.collected.Store(&apitype.Collected{At: time.Now(), Removed: c.Removed, Freed: c.Freed})
		n.log.Info("garbage collected", "kept", c.Kept, "removed", c.Removed, "bytes", c.Freed, "took", c.Duration)
	}
	return err
}

// full says whether the disk is so full that writes are refused.
func (n *Node) full() bool {
	free, reserve, err := n.engine.Space()
	return err == nil && free < reserve+reserve/8
}

// makeRoom gives up content that is kept on demand where space is short: the collection that follows frees it.
func (n *Node) makeRoom(ctx context.Context) error {
	free, reserve, err := n.engine.Space()
	if err != nil || free < 0 || free >= 2*reserve {
		return err
	}
	freed, err := n.sharing.MakeRoom(ctx, 2*reserve-free)
	if freed > 0 {
		n.log.Info("content kept on demand given up", "bytes", freed)
	}
	return err
}

func (n *Node) scrub(ctx context.Context) error {
	start, damaged := time.Now(), 0
	for finding, err := range n.blocks.Verify(ctx, int(n.cfg.Scrub.Rate)) {
		if err != nil {
			return err
		}
		damaged++
		n.log.Error("block damaged", "root", finding.Block.String(), "err", finding.Err)
	}
	n.book.Find("scrub", int64(damaged))
	n.log.Info("blocks scrubbed", "damaged", damaged, "took", time.Since(start))
	return nil
}

// pruneAudit forgets who did what once it is old enough.
func (n *Node) pruneAudit(ctx context.Context) error {
	keep := n.settings.Now().AuditKeep
	if keep == 0 {
		return nil
	}
	pruned, err := n.audit.Prune(ctx, time.Now().Add(-keep))
	if pruned > 0 {
		n.log.Info("old records of the audit log deleted", "count", pruned)
	}
	return err
}
