// Package sharing is what hives tell each other: contacts, invitations, shares and their members, and the replicas that keep
// a shared folder the same on all hives.
//
// It puts its parts together: internal/ledger keeps the records, internal/post delivers messages, internal/social is what
// people do, internal/replica moves trees and content, package tree is how a folder is put into hashes. It does not own
// names (catalog), bytes (blockstore), or how another hive is reached: that is a Network, which package p2p is by shape.
package sharing

import "github.com/melissiproject/hive/sharing/internal/wire"

// Network reaches other hives.
type Network = wire.Network
