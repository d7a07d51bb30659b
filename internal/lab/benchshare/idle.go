package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/melissiproject/hive/internal/lab/figures"
	"github.com/melissiproject/hive/internal/lab/machine"
	"github.com/melissiproject/hive/internal/lab/server"
)

// idle measures what a hive costs that has nothing to do but be connected with others, which are members of a share of
// its. It is in a network namespace of its own, so that every byte it sends and gets, headers included, can be counted.
func (b *bench) idle(ctx context.Context) (err error) {
	cable, err := machine.NewCable(ctx, "idle")
	if err != nil {
		b.table.missing("idle", err.Error())
		return nil
	}
	defer func() { err = errors.Join(err, cable.Close()) }()
	dir := filepath.Join(b.dir, "idle")
	hub, err := b.hive(ctx, server.Config{
		Dir: filepath.Join(dir, "hub"), Admin: "alice", Namespace: cable.There, HTTP: "127.0.0.1:4483",
		P2P: []string{"/ip4/" + machine.ThereAddr + "/tcp/4484", "/ip4/" + machine.ThereAddr + "/udp/4484/quic-v1"},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hub.Close(), os.RemoveAll(dir)) }()
	who, err := server.Shares{Hive: hub}.Identity(ctx)
	if err != nil {
		return err
	}
	if err := hub.Put(ctx, "/shared/file", "idle"); err != nil {
		return err
	}
	for n := range b.options.peers {
		peer, err := b.guest(ctx, server.Config{
			Dir: filepath.Join(dir, strconv.Itoa(n)), Admin: fmt.Sprintf("guest%d", n), Namespace: cable.Here,
			P2P: []string{"/ip4/" + machine.HereAddr + "/tcp/0"}, Bootstrap: who.Addrs[:1],
		}, hub)
		if peer != nil {
			defer peer.Close() // it is killed, and its folder goes with that of the hub
		}
		if err != nil {
			return err
		}
	}
	return b.count(ctx, cable, hub)
}

// guest is a hive that has accepted a share of the hub's.
func (b *bench) guest(ctx context.Context, cfg server.Config, hub *server.Hive) (*server.Hive, error) {
	peer, err := b.hive(ctx, cfg)
	if err != nil {
		return nil, err
	}
	id, err := server.Shares{Hive: peer}.Identity(ctx)
	if err != nil {
		return peer, err
	}
	if _, err := (server.Shares{Hive: hub}).Meet(ctx, peer, "alice"); err != nil {
		return peer, err
	}
	share, err := server.Shares{Hive: hub}.Create(ctx, "/shared", "reader", cfg.Admin+"@"+id.ID)
	if err != nil {
		return peer, err
	}
	_, err = server.Shares{Hive: peer}.Take(ctx, share.ID, "/shared", editLimit)
	return peer, err
}

// count adds the rows. What is counted begins when all has settled.
func (b *bench) count(ctx context.Context, cable *machine.Cable, hub *server.Hive) error {
	settle := min(b.options.idle, time.Minute)
	if err := machine.Wait(ctx, settle); err != nil {
		return err
	}
	before, err := cable.Count(ctx)
	if err != nil {
		return err
	}
	begin := time.Now()
	if err := machine.Wait(ctx, b.options.idle); err != nil {
		return err
	}
	after, err := cable.Count(ctx)
	if err != nil {
		return err
	}
	rate := float64(after.Packets-before.Packets) / time.Since(begin).Seconds()
	doctor, err := server.Shares{Hive: hub}.Doctor(ctx, "")
	if err != nil {
		return err
	}
	anonymous, err := machine.Anonymous(hub.PID())
	if err != nil {
		return err
	}
	const kb, mostRate, mostMemory = 1000, 12_000, 100 * figures.MiB
	detail := fmt.Sprintf("both ways, headers included, %s, %d connected", b.options.idle, doctor.Connected)
	b.table.within(fmt.Sprintf("idle traffic, %d peers", b.options.peers), fmt.Sprintf("%.1f KB/s", rate/kb), detail, "< 12 KB/s", rate < mostRate)
	b.table.within(fmt.Sprintf("idle memory, %d peers", b.options.peers), fmt.Sprintf("%d MB", anonymous/figures.MiB), "anonymous", "< 100 MB", anonymous < mostMemory)
	return nil
}
