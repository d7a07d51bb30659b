package p2p

import (
	"github.com/libp2p/go-libp2p/core/metrics"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"github.com/melissiproject/hive/p2p/internal/roster"
)

// counter counts bytes, those of each hive only where it is known: what is counted of one is kept for good, and strangers can
// come under ever new ids.
type counter struct {
	*metrics.BandwidthCounter
	roster *roster.Roster
}

// LogSentMessageStream implements metrics.Reporter.
func (c counter) LogSentMessageStream(bytes int64, proto protocol.ID, hive peer.ID) {
	if c.roster.Knows(hive) {
		c.BandwidthCounter.LogSentMessageStream(bytes, proto, hive)
	}
}

// LogRecvMessageStream implements metrics.Reporter.
func (c counter) LogRecvMessageStream(bytes int64, proto protocol.ID, hive peer.ID) {
	if c.roster.Knows(hive) {
		c.BandwidthCounter.LogRecvMessageStream(bytes, proto, hive)
	}
}

// GetBandwidthForPeer implements metrics.Reporter. The question alone would make a place for a hive.
func (c counter) GetBandwidthForPeer(hive peer.ID) metrics.Stats {
	if !c.roster.Knows(hive) {
		return metrics.Stats{}
	}
	return c.BandwidthCounter.GetBandwidthForPeer(hive)
}
