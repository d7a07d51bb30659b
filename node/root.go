package node

import (
	"context"
	"io"
	"iter"

	"github.com/melissiproject/hive/node/internal/pieces"
)

// Chunk is a piece of content as a hive cuts it, by the SHA-256 of its bytes.
type Chunk = pieces.Chunk

// Root is the root that content has in a hive: whoever knows it need not send what is there already.
func Root(ctx context.Context, r io.Reader) (string, error) { return pieces.Root(ctx, r) }

// Cut yields the chunks of content.
func Cut(r io.Reader) iter.Seq2[Chunk, error] { return pieces.Cut(r) }
