package fetch

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/sharing/internal/graft"
	"github.com/melissiproject/hive/sharing/internal/head"
	"github.com/melissiproject/hive/sharing/internal/wire"
)

// dialTime is how long a hive may take to answer a call.
const dialTime = 15 * time.Second

// Errors of a session, beside refusals.
var (
	// ErrProtocol says that the other hive does not keep to the protocol.
	ErrProtocol = errors.New("sharing: a hive breaks the protocol")
)

// mostMemory is how many bytes a session takes at once for what comes, and keeps for the next call.
const mostMemory = 8 << 20

// Session asks one hive, one request after the other. An error other than a refusal ends it.
type Session struct {
	conn   net.Conn
	wait   *patience
	reader *bufio.Reader // from wait
	pack   *bytes.Reader // what is left of the pack under way
	stop   func() bool

	squeezed int64  // bytes that packs had less than what was in them
	memory   []byte // of what comes, its length is what is taken
}

// Dial opens a session with a hive. It ends with ctx.
func Dial(ctx context.Context, network wire.Network, hive peer.ID) (*Session, error) {
	limit, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	conn, err := network.Dial(limit, hive, Protocol)
	if err != nil {
		return nil, err
	}
	wait := &patience{conn: conn}
	return &Session{
		conn: conn, wait: wait, reader: bufio.NewReaderSize(wait, buffered), pack: new(bytes.Reader),
		stop: context.AfterFunc(ctx, func() { reset(conn) }),
	}, nil
}

// Close ends the session.
func (s *Session) Close() error {
	s.stop()
	return s.conn.Close()
}

// Squeezed is how many bytes were saved by compression since it was last called.
func (s *Session) Squeezed() (bytes int64) {
	bytes, s.squeezed = s.squeezed, 0
	return bytes
}

// Room is memory for n bytes, until the next call of Content: a session that brings a large file takes it once.
func (s *Session) Room(n int64) []byte {
	if taken := int64(len(s.memory)); int64(cap(s.memory))-taken < n {
		s.memory = make([]byte, 0, max(n, min(2*int64(cap(s.memory)), mostMemory)))
	}
	from := len(s.memory)
	s.memory = s.memory[:from+int(n)]
	return s.memory[from:len(s.memory):len(s.memory)]
}

func (s *Session) ask(q request) error {
	s.wait.begin(len(q.Files))
	if err := s.conn.SetWriteDeadline(time.Now().Add(progress)); err != nil {
		return err
	}
	return wire.Write(s.conn, q)
}

// next receives a frame of the answer; io.EOF after the last.
func (s *Session) next() (answer, error) {
	packed := s.pack.Len() > 0
	a, err := s.frame()
	if err == nil && a.Pack != 0 && !packed {
		var plain []byte
		if plain, err = unpack(s.reader, a); err == nil {
			s.pack.Reset(plain)
			s.squeezed += a.Full - a.Pack
			a, err = s.frame()
		}
	}
	switch {
	case err != nil:
		return a, err
	case a.Pack != 0:
		return a, fmt.Errorf("%w: a pack in a pack", ErrProtocol)
	case a.Refusal != nil:
		return a, a.Refusal
	case a.End:
		return a, io.EOF
	}
	return a, nil
}

// source is where the next bytes of the answer come from.
func (s *Session) source() wire.Reader {
	if s.pack.Len() > 0 {
		return s.pack
	}
	return s.reader
}

func (s *Session) frame() (answer, error) {
	var a answer
	err := wire.Read(s.source(), maxAnswer, &a)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return a, err
}

// Compare tells the other hive what heads this one has, each share once. It gets those that are newer, and the shares of which
// the other has an older one: of each share one or the other, once. No head is verified.
func (s *Session) Compare(known []Known) (heads []head.Signed, behind []string, err error) {
	if err := s.ask(request{Kind: kindCompare, Known: known}); err != nil {
		return nil, nil, err
	}
	open := make(map[string]bool, len(known)) // what nothing was said of yet
	for _, k := range known {
		open[k.Share] = true
	}
	for {
		a, err := s.next()
		if err == io.EOF {
			return heads, behind, nil
		}
		if err != nil {
			return nil, nil, err
		}
		if err := s.wait.took(a.bytes()); err != nil {
			return nil, nil, err
		}
		shares := a.Behind
		for _, h := range a.Heads {
			shares = append(shares, shareOf(h))
		}
		for _, share := range shares {
			if !open[share] {
				return nil, nil, fmt.Errorf("%w: a head of share %.64q, which nobody asked for", ErrProtocol, share)
			}
			delete(open, share)
		}
		heads, behind = append(heads, a.Heads...), append(behind, a.Behind...)
	}
}

// shareOf is the share that a head claims to be of; "" of what is no head.
func shareOf(signed head.Signed) string {
	var claim struct {
		Share string `cbor:"share"`
	}
	if len(signed.Body) > head.MaxBytes || len(signed.Signature) > ed25519.SignatureSize || wire.Unmarshal(signed.Body, &claim) != nil {
		return ""
	}
	return claim.Share
}

// Tree gives what the tree of a state has that the tree from, which is that of since, has not: edits of it, or else nodes.
func (s *Session) Tree(of Of, from cid.Cid, node func([]byte) error, edit func(graft.Edit) error) error {
	q := request{Kind: kindTree, Ref: of.Ref, Since: of.Since, Packs: true}
	if from.Defined() {
		q.From = from.Bytes()
	}
	if err := s.ask(q); err != nil {
		return err
	}
	for n := 0; ; {
		a, err := s.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if n += len(a.Nodes); n > maxNodes || len(a.Edits) > 0 && of.Since == nil {
			return fmt.Errorf("%w: %d nodes and %d edits of a tree", ErrProtocol, n, len(a.Edits))
		}
		if err := s.wait.took(a.bytes()); err != nil {
			return err
		}
		for _, data := range a.Nodes {
			if err := node(data); err != nil {
				return err
			}
		}
		for _, e := range a.Edits {
			if err := edit(e); err != nil {
				return err
			}
		}
	}
}

// ErrGone says that the tree that was asked about has no such file, ErrNotHeld that the hive has it not, or not all of it,
// ErrUnbased that it cannot make a delta without a signature.
var (
	ErrGone    = errors.New("sharing: no such file in this state of the share")
	ErrNotHeld = errors.New("sharing: content not held")
	ErrUnbased = errors.New("sharing: older content not held")
)

// List gives the chunk list of one file: new chunks to each, and, with since, runs of those of its older state to same.
func (s *Session) List(of Of, file File, each func(Leaf) error, same func(first, count int) error) error {
	if err := s.ask(request{Kind: kindList, Ref: of.Ref, Since: of.Since, Packs: true, Files: []File{file}}); err != nil {
		return err
	}
	var missing error
	for n := 0; ; {
		a, err := s.next()
		if err == io.EOF {
			return missing
		}
		if err != nil {
			return err
		}
		if a.Gone || a.NotHeld {
			missing = gap(a)
		}
		if len(a.Runs) > maxRuns || len(a.Runs) > 0 && of.Since == nil {
			return fmt.Errorf("%w: %d runs of a list", ErrProtocol, len(a.Runs))
		}
		if err := s.wait.took(a.bytes()); err != nil {
			return err
		}
		for _, run := range append(a.Runs, Run{Leaves: a.Leaves}) {
			if run.Count < 0 || run.Count > maxLeaves {
				return fmt.Errorf("%w: a run of %d chunks", ErrProtocol, run.Count)
			}
			if n += len(run.Leaves) + run.Count; n > maxLeaves {
				return fmt.Errorf("%w: a list of more than %d chunks", ErrProtocol, maxLeaves)
			}
			if err := run.each(each, same); err != nil {
				return err
			}
		}
	}
}

// each gives the chunks of a run: new ones to fresh, or those of the older list to same.
func (r Run) each(fresh func(Leaf) error, same func(first, count int) error) error {
	for _, leaf := range r.Leaves {
		if err := fresh(leaf); err != nil {
			return err
		}
	}
	if r.Count == 0 {
		return nil
	}
	return same(r.First, r.Count)
}

// bytes is about what the items of a frame are in bytes; 0 where there are none.
func (a answer) bytes() (n int64) {
	for _, h := range a.Heads {
		n += itemBytes + int64(len(h.Body))
	}
	for _, node := range a.Nodes {
		n += itemBytes + int64(len(node))
	}
	for _, e := range a.Edits {
		n += itemBytes + int64(e.Bytes())
	}
	for _, r := range a.Runs {
		n += itemBytes * int64(len(r.Leaves)+min(max(r.Count, 0), 1))
	}
	return n + itemBytes*int64(len(a.Behind)+len(a.Leaves))
}

func gap(a answer) error {
	switch {
	case a.Gone:
		return ErrGone
	case a.Unbased:
		return ErrUnbased
	}
	return ErrNotHeld
}

// Of is the state that is asked about, and perhaps an older one that the asker has.
type Of struct {
	Ref
	Since *Since
}

// Part is what comes of a file. Exactly one of Data, Delta and Gap is there, and Cut only with the last part of an answer
// that was cut off.
type Part struct {
	File  int    // index in the request
	Data  []byte // a chunk
	Skip  int64  // bytes of the chunk before Data, which were not asked for
	Delta []byte // makes all chunks that were asked for of the file
	Gap   error  // instead of chunks, or after some: ErrGone, ErrNotHeld or ErrUnbased
	Cut   bool   // Data is the beginning of a chunk
}

// bytes is what a part counts for; 0 where it brings nothing, like the chunk of an empty file.
func (p Part) bytes() int64 {
	n := int64(len(p.Data) + len(p.Delta))
	if n == 0 && p.Gap == nil {
		return 0
	}
	return n + partBytes
}

// Content gives the chunks of files in the order of the request; the data is the caller's until the next call. With since they
// may come as deltas.
func (s *Session) Content(of Of, files []File, each func(Part) error) error {
	q := request{Kind: kindContent, Ref: of.Ref, Packs: true, Files: files}
	if of.Since != nil {
		q.Kind, q.Since = kindUpdate, of.Since
	}
	if err := s.ask(q); err != nil {
		return err
	}
	s.memory = s.memory[:0]
	for last := 0; ; {
		a, err := s.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		bad := a.File < last || a.File >= len(files) || a.Size < 0 || a.Skip < 0 || a.Size > maxChunk || a.Skip > maxChunk-a.Size ||
			a.Delta < 0 || a.Delta > MaxPiece || a.Delta > 0 && (of.Since == nil || a.Size > 0)
		if bad {
			return fmt.Errorf("%w: part of file %d with %d bytes", ErrProtocol, a.File, a.Size)
		}
		last = a.File
		p := Part{File: a.File, Skip: a.Skip}
		switch {
		case a.Gone || a.NotHeld || a.Unbased:
			p.Gap = gap(a)
		case a.Delta > 0:
			p.Delta = s.Room(a.Delta)
			_, err = io.ReadFull(s.source(), p.Delta)
		default:
			var n int
			p.Data = s.Room(a.Size)
			if n, err = io.ReadFull(s.source(), p.Data); err != nil {
				p.Data, p.Cut = p.Data[:n], true
			}
		}
		if err == nil {
			err = s.wait.took(p.bytes())
		}
		if err == nil || p.Cut {
			err = errors.Join(err, each(p))
		}
		if err != nil {
			return err
		}
	}
}
