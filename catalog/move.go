package catalog

import (
	"context"

	"github.com/melissiproject/hive/catalog/internal/write"
)

// TransferOptions say how an entry is moved or copied.
type TransferOptions = write.TransferOptions

// Move gives the entry at from the path to, in any folder that is there. Its revisions go with it; any size is instant.
// Into another space a mount leads, or out of it, it is a copy instead, and the entry at from goes to the trash.
func (t *Tree) Move(ctx context.Context, from, to Path, opts TransferOptions) (Entry, error) {
	return transfer{from, to, opts, true}.run(ctx, t)
}

// Copy makes a copy of the entry at from at the path to, in any folder that is there. Files are copied at their newest
// revision. No bytes are copied, but the quota counts them. Content that is not held gives ErrAbsent. What is mounted in a
// folder is not copied with it.
func (t *Tree) Copy(ctx context.Context, from, to Path, opts TransferOptions) (Entry, error) {
	return transfer{from, to, opts, false}.run(ctx, t)
}
