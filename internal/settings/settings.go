// Package settings is what an admin may change while a hive runs: kept in the database, above the configuration file.
//
// It owns the table settings, which values there are and what they may be. It does not own what follows from them: who needs one
// asks Now whenever it matters, so that a change counts at once.
package settings

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/audit"
	"github.com/melissiproject/hive/internal/database"
)

// ErrInvalid is a value that makes no sense, or a name that is none; it says which.
var ErrInvalid = errors.New("settings: invalid")

// Values are the settings. Sizes are bytes, -1 for no limit.
type Values struct {
	Name          string        // of the hive, as people see it
	Registration  string        // who may register: open, closed or code
	Quota         int64         // of a new user
	SessionLife   time.Duration // how long after its last use a session ends
	TrashDays     int           // until what is in the trash goes; 0 is never
	ThinRevisions bool          // delete old revisions as they age
	ShareQuota    int64         // of a share of another hive, where its receiver says nothing
	AuditKeep     time.Duration // how long it is kept who did what; 0 is for ever
}

// Change changes what is not nil. What Reset names is again as the configuration file has it.
type Change struct {
	Name          *string
	Registration  *string
	Quota         *int64
	SessionLife   *time.Duration
	TrashDays     *int
	ThinRevisions *bool
	ShareQuota    *int64
	AuditKeep     *time.Duration
	Reset         []string
}

// Set says of a setting that it is not as in the configuration file.
type Set struct {
	Name string
	At   time.Time
	By   string // name of the admin
}

// key is one setting: where it is in Values, and in Change. There it is nil where it is not given.
type key struct {
	name  string
	value func(*Values) any
	given func(Change) any
}

func given[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

// keys are all settings, by the names that the API has for them.
func keys() []key {
	return []key{
		{"name", func(v *Values) any { return &v.Name }, func(c Change) any { return given(c.Name) }},
		{"registration", func(v *Values) any { return &v.Registration }, func(c Change) any { return given(c.Registration) }},
		{"quota", func(v *Values) any { return &v.Quota }, func(c Change) any { return given(c.Quota) }},
		{"session_life", func(v *Values) any { return &v.SessionLife }, func(c Change) any { return given(c.SessionLife) }},
		{"trash_days", func(v *Values) any { return &v.TrashDays }, func(c Change) any { return given(c.TrashDays) }},
		{"thin_revisions", func(v *Values) any { return &v.ThinRevisions }, func(c Change) any { return given(c.ThinRevisions) }},
		{"share_quota", func(v *Values) any { return &v.ShareQuota }, func(c Change) any { return given(c.ShareQuota) }},
		{"audit_keep", func(v *Values) any { return &v.AuditKeep }, func(c Change) any { return given(c.AuditKeep) }},
	}
}

// Limits of values.
const (
	maxName = 64
	maxDays = 36_500
	maxSpan = maxDays * 24 * time.Hour
)

// validate says what is wrong, by name.
func (v Values) validate() error {
	fault := func(name, text string) error { return fmt.Errorf("%w: %s %s", ErrInvalid, name, text) }
	switch {
	case strings.TrimSpace(v.Name) == "" || len(v.Name) > maxName || !utf8.ValidString(v.Name) || strings.ContainsFunc(v.Name, unicode.IsControl):
		return fault("name", "must be 1 to 64 bytes of text, on one line")
	case !slices.Contains([]string{"open", "closed", "code"}, v.Registration):
		return fault("registration", "must be open, closed or code")
	case v.Quota == 0 || v.Quota < -1:
		return fault("quota", "must be more than 0 bytes, or -1 for no limit")
	case v.SessionLife < time.Minute || v.SessionLife > maxSpan:
		return fault("session_life", "must be a minute to 100 years")
	case v.TrashDays < 0 || v.TrashDays > maxDays:
		return fault("trash_days", "must be 0 to 36500")
	case v.ShareQuota == 0 || v.ShareQuota < -1:
		return fault("share_quota", "must be more than 0 bytes, or -1 for no limit")
	case v.AuditKeep < 0 || v.AuditKeep > maxSpan:
		return fault("audit_keep", "must be 0 for ever, or up to 100 years")
	}
	return nil
}

type row struct {
	bun.BaseModel `bun:"table:settings,alias:s"`

	Name    string        `bun:"name,pk"`
	Value   string        `bun:"value"`
	Changed database.Time `bun:"changed"`
	Actor   string        `bun:"actor"`
}

// Settings are the settings of a hive. They are safe for concurrent use.
type Settings struct {
	db   *database.DB
	file Values // of the configuration file

	mu  sync.Mutex // held by who changes
	now atomic.Pointer[state]
}

// state is what holds, and what of it the database says.
type state struct {
	values Values
	rows   map[string]row
}

// Open reads the settings of a migrated database. File are those of the configuration file.
func Open(ctx context.Context, db *database.DB, file Values) (*Settings, error) {
	s := &Settings{db: db, file: file}
	var rows []row
	if err := db.Read().NewSelect().Model(&rows).Scan(ctx); err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	found := map[string]row{}
	for _, r := range rows {
		found[r.Name] = r
	}
	next, err := s.over(found)
	if err != nil {
		return nil, err
	}
	s.now.Store(next)
	return s, nil
}

// over puts rows above the configuration file. A row of a setting that this program does not know stays, and does nothing.
func (s *Settings) over(rows map[string]row) (*state, error) {
	next := &state{values: s.file, rows: rows}
	for _, k := range keys() {
		r, ok := rows[k.name]
		if !ok {
			continue
		}
		if err := json.Unmarshal([]byte(r.Value), k.value(&next.values)); err != nil {
			return nil, fmt.Errorf("settings: %s: %w", k.name, err)
		}
	}
	return next, next.values.validate()
}

// Now is what holds.
func (s *Settings) Now() Values { return s.now.Load().values }

// Changed lists the settings that are not as in the configuration file, by name.
func (s *Settings) Changed() []Set {
	rows := s.now.Load().rows
	list := make([]Set, 0, len(rows))
	for _, k := range keys() {
		if r, ok := rows[k.name]; ok {
			list = append(list, Set{k.name, r.Changed.Time, r.Actor})
		}
	}
	return list
}

// Change changes settings, all or none, for all who ask Now afterwards: ErrInvalid.
func (s *Settings) Change(ctx context.Context, c Change) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows, details, err := s.plan(ctx, c)
	if err != nil {
		return err
	}
	next, err := s.over(rows)
	if err != nil {
		return err
	}
	if len(details) == 0 {
		return nil
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for name := range details {
			if _, err := tx.ExecContext(ctx, "DELETE FROM settings WHERE name = ?", name); err != nil {
				return err
			}
			if r, ok := rows[name]; ok {
				if _, err := tx.NewInsert().Model(&r).Exec(ctx); err != nil {
					return err
				}
			}
		}
		return audit.Note(ctx, tx, audit.Event{Action: "settings.change", Target: strings.Join(slices.Sorted(maps.Keys(details)), " "), Details: details})
	})
	if err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	s.now.Store(next)
	return nil
}

// plan gives the rows after a change, and what changes. A reset has no value.
func (s *Settings) plan(ctx context.Context, c Change) (map[string]row, map[string]any, error) {
	rows, details := maps.Clone(s.now.Load().rows), map[string]any{}
	for _, name := range c.Reset {
		if !slices.ContainsFunc(keys(), func(k key) bool { return k.name == name }) {
			return nil, nil, fmt.Errorf("%w: %q is no setting", ErrInvalid, name)
		}
		if _, ok := rows[name]; ok {
			delete(rows, name)
			details[name] = nil
		}
	}
	for _, k := range keys() {
		value := k.given(c)
		if value == nil {
			continue
		}
		raw, err := json.Marshal(value)
		if err != nil {
			return nil, nil, fmt.Errorf("settings: %s: %w", k.name, err)
		}
		rows[k.name] = row{Name: k.name, Value: string(raw), Changed: database.Now(), Actor: audit.OriginOf(ctx).Name}
		details[k.name] = value
		if span, ok := value.(time.Duration); ok {
			details[k.name] = span.String()
		}
	}
	return rows, details, nil
}
