-- +goose Up

-- used_bytes sums up all revisions; files and folders are the numbers of entries without the root. The trash counts.
CREATE TABLE spaces (
    id         {{.ID}},
    kind       {{.Name}} NOT NULL,
    home_of    {{.Int}},
    root_id    {{.Int}} NOT NULL,
    seq        {{.Int}} NOT NULL,
    used_bytes {{.Int}} NOT NULL,
    files      {{.Int}} NOT NULL,
    folders    {{.Int}} NOT NULL,
    CONSTRAINT spaces_home UNIQUE (home_of)
) {{.Table}};

-- parent_id is NULL for the root of a space and for the top of what lies in the trash. kind is 0 for a folder and 1 for
-- a file, so that folders come first. name_fold is what a search and the order of a list go by.
CREATE TABLE entries (
    id        {{.ID}},
    space_id  {{.Int}}  NOT NULL,
    parent_id {{.Int}},
    kind      {{.Int}}  NOT NULL,
    name      {{.Name}} NOT NULL,
    name_fold {{.Wide}} NOT NULL,
    root      {{.Bytes}},
    size      {{.Int}}  NOT NULL,
    mtime     {{.Time}} NOT NULL,
    exec      {{.Bool}} NOT NULL,
    revision  {{.Int}}  NOT NULL,
    created   {{.Time}} NOT NULL,
    changed   {{.Time}} NOT NULL,
    author_id {{.Int}}  NOT NULL,
    CONSTRAINT entries_name UNIQUE (parent_id, name)
) {{.Table}};

CREATE INDEX entries_by_space ON entries (space_id, id);
CREATE INDEX entries_by_name ON entries (parent_id, kind, name_fold, id);
CREATE INDEX entries_by_size ON entries (parent_id, kind, size, id);
CREATE INDEX entries_by_mtime ON entries (parent_id, kind, mtime, id);

CREATE TABLE revisions (
    id        {{.ID}},
    entry_id  {{.Int}}   NOT NULL,
    number    {{.Int}}   NOT NULL,
    root      {{.Bytes}} NOT NULL,
    size      {{.Int}}   NOT NULL,
    mtime     {{.Time}}  NOT NULL,
    exec      {{.Bool}}  NOT NULL,
    author_id {{.Int}}   NOT NULL,
    device_id {{.Int}}   NOT NULL,
    created   {{.Time}}  NOT NULL,
    CONSTRAINT revisions_number UNIQUE (entry_id, number)
) {{.Table}};

-- purging says that the entry is being deleted in small steps and can no longer be restored.
CREATE TABLE trash (
    id         {{.ID}},
    space_id   {{.Int}}  NOT NULL,
    entry_id   {{.Int}}  NOT NULL,
    parent_id  {{.Int}}  NOT NULL,
    path       {{.Text}} NOT NULL,
    deleted    {{.Time}} NOT NULL,
    deleted_by {{.Int}}  NOT NULL,
    purging    {{.Bool}} NOT NULL,
    CONSTRAINT trash_entry UNIQUE (entry_id)
) {{.Table}};

CREATE INDEX trash_by_space ON trash (space_id, id);

CREATE TABLE changes (
    space_id  {{.Int}}  NOT NULL,
    seq       {{.Int}}  NOT NULL,
    kind      {{.Name}} NOT NULL,
    entry_id  {{.Int}}  NOT NULL,
    entry_kind {{.Int}} NOT NULL,
    path      {{.Text}} NOT NULL,
    from_path {{.Text}},
    root      {{.Bytes}},
    size      {{.Int}}  NOT NULL,
    revision  {{.Int}}  NOT NULL,
    user_id   {{.Int}}  NOT NULL,
    device_id {{.Int}}  NOT NULL,
    created   {{.Time}} NOT NULL,
    PRIMARY KEY (space_id, seq)
) {{.Keyed}};
