package mount

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/catalog/internal/space"
)

// relayStep is how many changes one transaction carries over.
const relayStep = 500

// Pauses after an error of the database.
const (
	firstPause = time.Second
	lastPause  = time.Minute
)

// Relay carries the changes of mounted folders into the logs of the homes that show them, until ctx ends.
func Relay(ctx context.Context, t *space.Tables, log *slog.Logger) error {
	wake, news, cancel := t.Subscribe()
	defer cancel()
	var spaces []int64 // nil: all
	for pause := firstPause; ; {
		err := Once(ctx, t, spaces)
		if err == nil {
			pause = firstPause
			select {
			case <-wake:
				spaces = news()
			case <-ctx.Done():
				return ctx.Err()
			}
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		log.WarnContext(ctx, "relaying changes failed", "err", err)
		select {
		case <-time.After(pause):
			pause, spaces = min(2*pause, lastPause), nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// follower is a mount whose space has changed.
type follower struct {
	mount, home, space int64
	seen               int64
	at                 string // where the folder was then; see route
}

// Once carries over what is new in these spaces, in all where there are none.
func Once(ctx context.Context, t *space.Tables, spaces []int64) error {
	condition, args := "", []any(nil)
	if spaces != nil {
		condition, args = " AND s.id IN (?)", []any{bun.List(spaces)}
	}
	rows, err := t.DB.Read().QueryContext(ctx, `SELECT m.entry_id, m.space_id, m.target_space FROM spaces s
		JOIN mounts m ON m.target_space = s.id WHERE m.seen_seq < s.seq`+condition+" ORDER BY m.entry_id", args...)
	if err != nil {
		return fmt.Errorf("catalog: relay: %w", err)
	}
	followers, err := space.Collect(rows, func(f *follower) error { return rows.Scan(&f.mount, &f.home, &f.space) })
	if err != nil {
		return err
	}
	for _, f := range followers {
		home, err := t.Load(ctx, t.DB.Read(), f.home)
		if errors.Is(err, space.ErrNotFound) {
			continue // its user is being deleted
		}
		if err != nil {
			return err
		}
		for more := true; more; {
			err := home.Edit(ctx, space.Actor{}, func(ctx context.Context, e *space.Edit) (err error) {
				more, err = f.step(ctx, t, e)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// step carries some changes over, and tells whether there may be more.
func (f follower) step(ctx context.Context, t *space.Tables, e *space.Edit) (more bool, err error) {
	rows, err := e.Tx.QueryContext(ctx, "SELECT seen_seq, COALESCE(seen_path, '') FROM mounts WHERE entry_id = ?", f.mount)
	if err != nil {
		return false, fmt.Errorf("catalog: relay: %w", err)
	}
	states, err := space.Collect(rows, func(s *follower) error { return rows.Scan(&s.seen, &s.at) })
	if err != nil || len(states) == 0 {
		return false, err // unmounted meanwhile
	}
	changes, err := t.Space(f.space, 0, 0).ChangesIn(ctx, e.Tx, states[0].seen, relayStep)
	if err != nil || len(changes) == 0 {
		return false, err
	}
	paths, err := e.Paths(ctx, e.Tx, []int64{f.mount})
	if err != nil {
		return false, err
	}
	r := route{at: states[0].at, to: paths[f.mount], mount: f.mount}
	for _, c := range changes {
		if out, ok := r.follow(c); ok && r.to != "" {
			e.Log(out)
		}
	}
	_, err = e.Tx.ExecContext(ctx, "UPDATE mounts SET seen_seq = ?, seen_path = ? WHERE entry_id = ?",
		changes[len(changes)-1].Seq, r.at, f.mount)
	if err != nil {
		return false, fmt.Errorf("catalog: relay: %w", err)
	}
	return len(changes) == relayStep, nil
}

// route turns paths of a space into those of who sees one of its folders.
type route struct {
	at    string // the folder in the space: a path; "!N/path" while it lies in the trash, within the entry N
	to    string // the mount in the home
	mount int64
}

// follow is a change as it shows through the mount, if it does. It keeps track of the folder when that moves.
func (r *route) follow(c space.Change) (space.Change, bool) {
	c.Seq = 0
	if c.Foreign() {
		return c, false
	}
	if gone, ok := strings.CutPrefix(r.at, "!"); ok {
		id, below, _ := strings.Cut(gone, "/")
		if c.Kind != space.ChangeRestore || id != strconv.FormatInt(c.Entry, 10) {
			return c, false
		}
		r.at = strings.TrimSuffix(c.Path+"/"+below, "/")
		return r.anew(c), true
	}
	switch {
	case c.Kind == space.ChangeMove && within(r.at, c.From):
		r.at = c.Path + strings.TrimPrefix(r.at, c.From)
		return c, false
	case c.Kind == space.ChangeDelete && within(r.at, c.Path):
		r.at = "!" + strconv.FormatInt(c.Entry, 10) + "/" + strings.TrimPrefix(strings.TrimPrefix(r.at, c.Path), "/")
		return r.anew(c), true
	}
	in, from := r.inside(c.Path), c.From != "" && r.inside(c.From)
	switch {
	case in && from:
		c.Path, c.From = r.turn(c.Path), r.turn(c.From)
	case in && c.From != "": // out of a place that does not show
		c.Kind, c.Path, c.From = space.ChangeCopy, r.turn(c.Path), ""
	case in:
		c.Path = r.turn(c.Path)
	case from && c.Kind == space.ChangeMove:
		c.Kind, c.Path, c.From = space.ChangeDelete, r.turn(c.From), ""
	default:
		return c, false
	}
	return c.Relayed(), true
}

// anew says that the mount shows something else.
func (r *route) anew(c space.Change) space.Change {
	return space.Change{
		Kind: space.ChangeMount, Entry: r.mount, EntryKind: space.KindFolder, Path: r.to, User: c.User, Device: c.Device, Time: c.Time,
	}
}

// within tells whether a path is that of a folder or below it.
func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, strings.TrimSuffix(folder, "/")+"/")
}

func (r *route) inside(path string) bool { return path != r.at && within(path, r.at) }

// turn is a path inside the folder as it is in the home.
func (r *route) turn(path string) string {
	return r.to + "/" + strings.TrimPrefix(strings.TrimPrefix(path, r.at), "/")
}
