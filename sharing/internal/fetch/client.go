package fetch

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

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

// Session asks one hive, one request after the other. An error other than a refusal ends it.
type Session struct {
	conn   net.Conn
	reader *bufio.Reader
	stop   func() bool
}

// Dial opens a session with a hive. It ends with ctx.
func Dial(ctx context.Context, network wire.Network, hive peer.ID) (*Session, error) {
	limit, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	conn, err := network.Dial(limit, hive, Protocol)
	if err != nil {
		return nil, err
	}
	return &Session{
		conn: conn, reader: bufio.NewReaderSize(conn, 256<<10), stop: context.AfterFunc(ctx, func() { reset(conn) }),
	}, nil
}

// Close ends the session.
func (s *Session) Close() error {
	s.stop()
	return s.conn.Close()
}

func (s *Session) ask(q request) error {
	if err := s.conn.SetWriteDeadline(time.Now().Add(progress)); err != nil {
		return err
	}
	return wire.Write(s.conn, q)
}

// next receives a frame of the answer; io.EOF after the last.
func (s *Session) next() (answer, error) {
	var a answer
	if err := s.conn.SetReadDeadline(time.Now().Add(progress)); err != nil {
		return a, err
	}
	if err := wire.Read(s.reader, maxAnswer, &a); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return a, err
	}
	switch {
	case a.Refusal != nil:
		return a, a.Refusal
	case a.End:
		return a, io.EOF
	}
	return a, nil
}

// Compare tells the other hive what heads this one has. It gets those that are newer, and the shares of which the other has
// an older one.
func (s *Session) Compare(known []Known) (heads []head.Signed, behind []string, err error) {
	if err := s.ask(request{Kind: kindCompare, Known: known}); err != nil {
		return nil, nil, err
	}
	for {
		a, err := s.next()
		if err == io.EOF {
			return heads, behind, nil
		}
		if err != nil {
			return nil, nil, err
		}
		if heads, behind = append(heads, a.Heads...), append(behind, a.Behind...); len(heads) > maxKnown || len(behind) > maxKnown {
			return nil, nil, fmt.Errorf("%w: more shares than there are", ErrProtocol)
		}
	}
}

// Tree gives the nodes of the tree of ref that the tree from does not have.
func (s *Session) Tree(ref Ref, from cid.Cid, each func(node []byte) error) error {
	q := request{Kind: kindTree, Ref: ref}
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
		for _, node := range a.Nodes {
			if n++; n > maxNodes {
				return fmt.Errorf("%w: a tree of more than %d nodes", ErrProtocol, maxNodes)
			}
			if err := each(node); err != nil {
				return err
			}
		}
	}
}

// ErrGone says that the tree that was asked about has no such file, ErrNotHeld that the hive has it not, or not all of it.
var (
	ErrGone    = errors.New("sharing: no such file in this state of the share")
	ErrNotHeld = errors.New("sharing: content not held")
)

// List gives the chunk list of one file.
func (s *Session) List(ref Ref, file File, each func(Leaf) error) error {
	if err := s.ask(request{Kind: kindList, Ref: ref, Files: []File{file}}); err != nil {
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
		if n += len(a.Leaves); n > maxLeaves {
			return fmt.Errorf("%w: a list of more than %d chunks", ErrProtocol, maxLeaves)
		}
		for _, leaf := range a.Leaves {
			if err := each(leaf); err != nil {
				return err
			}
		}
	}
}

func gap(a answer) error {
	if a.Gone {
		return ErrGone
	}
	return ErrNotHeld
}

// Content gives the chunks of files in the order of the request: each is the caller's. Instead of chunks, or after some, a
// file may have a gap: ErrGone or ErrNotHeld.
func (s *Session) Content(ref Ref, files []File, each func(file int, data []byte, gap error) error) error {
	if err := s.ask(request{Kind: kindContent, Ref: ref, Files: files}); err != nil {
		return err
	}
	for last := 0; ; {
		a, err := s.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if a.File < last || a.File >= len(files) || a.Size < 0 || a.Size > maxChunk {
			return fmt.Errorf("%w: chunk of file %d with %d bytes", ErrProtocol, a.File, a.Size)
		}
		last = a.File
		if a.Gone || a.NotHeld {
			if err := each(a.File, nil, gap(a)); err != nil {
				return err
			}
			continue
		}
		data := make([]byte, a.Size)
		if _, err := io.ReadFull(s.reader, data); err != nil {
			return err
		}
		if err := each(a.File, data, nil); err != nil {
			return err
		}
	}
}
