package node

import (
	"context"
	"time"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/node/internal/health"
	"github.com/melissiproject/hive/node/internal/sampler"
	"github.com/melissiproject/hive/p2p"
	"github.com/melissiproject/hive/sharing"
)

// sampleEvery is the pause between two samples of the statistics.
const sampleEvery = 5 * time.Minute

// newSampler measures this hive.
func newSampler(n *Node) *sampler.Sampler {
	m := meter{n}
	return sampler.New(n.statistics, sampler.Config{Gauges: []sampler.Gauge{m.people, m.names, m.saved}, Costly: m.stored, Counters: m.counters})
}

// meter reads what a hive has.
type meter struct{ *Node }

func (m meter) people(ctx context.Context) (map[string]int64, error) {
	users, err := m.accounts.Count(ctx)
	return map[string]int64{"users": users}, err
}

func (m meter) names(ctx context.Context) (map[string]int64, error) {
	total, err := catalog.Totals(ctx, m.catalog)
	return map[string]int64{"entries": total.Files + total.Folders, "bytes.logical": total.Used}, err
}

func (m meter) saved(ctx context.Context) (map[string]int64, error) {
	saved, err := m.sharing.Saved(ctx)
	return map[string]int64{"saved.delta": saved}, err
}

func (m meter) stored(ctx context.Context) (map[string]int64, error) {
	s, err := m.blocks.Stat(ctx)
	return map[string]int64{"blocks": s.Blocks, "bytes.stored": s.Bytes, "bytes.free": s.Free}, err
}

// counters are of traffic with other hives, each alone where shares go on with it, and of requests.
func (m meter) counters() map[string]int64 {
	requests, failed := m.api.Counts()
	counts := map[string]int64{"requests": requests, "errors": failed}
	if m.network == nil {
		return counts
	}
	counts["traffic.in"], counts["traffic.out"] = p2p.Traffic(m.network)
	for _, p := range m.network.Peers() {
		if p.Protected {
			counts["traffic.in/"+p.ID.String()], counts["traffic.out/"+p.ID.String()] = p.BytesIn, p.BytesOut
		}
	}
	return counts
}

// health says in words how this hive is.
func (n *Node) health(ctx context.Context) apitype.Health {
	return health.Check(ctx, health.Parts{
		Database: n.db.Ping, Space: n.engine.Space, Unsafe: n.unsafe, Damaged: func() int64 { return n.book.Found("scrub") }, Failing: n.book.Failing, Network: meter{n}.others, Shares: n.sharing.Overview,
		Pending: func(ctx context.Context) ([]sharing.Item, error) { return n.sharing.Pending(ctx, 0) },
	})
}

// others is this hive among others.
func (m meter) others() health.Network {
	if m.network == nil {
		return health.Network{Off: true}
	}
	var is health.Network
	for _, p := range m.network.Peers() {
		if p.Connected {
			is.Connected++
		}
		if p.Protected && !p.Blocked {
			is.Partners++
			if p.Connected {
				is.Reached++
			}
		}
	}
	return is
}
