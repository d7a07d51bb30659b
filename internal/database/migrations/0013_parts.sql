-- +goose Up

-- Files that come in parts. root is what has come so far, itself a file of received bytes: NULL before the first, and once
-- entry_id has all of it. metadata is what the client said, and is to hear again.
CREATE TABLE parts (
    id            {{.Name}} NOT NULL PRIMARY KEY,
    user_id       {{.Int}}  NOT NULL,
    path          {{.Text}} NOT NULL,
    length        {{.Int}}  NOT NULL,
    received      {{.Int}}  NOT NULL,
    root          {{.Bytes}},
    entry_id      {{.Int}},
    mtime         {{.Time}},
    exec          {{.Bool}},
    parents       {{.Bool}} NOT NULL,
    if_match      {{.Name}} NOT NULL,
    if_none_match {{.Name}} NOT NULL,
    metadata      {{.Text}} NOT NULL,
    created       {{.Time}} NOT NULL,
    expires       {{.Time}} NOT NULL
) {{.Keyed}};

CREATE INDEX parts_by_user ON parts (user_id, id);
CREATE INDEX parts_by_time ON parts (expires);
