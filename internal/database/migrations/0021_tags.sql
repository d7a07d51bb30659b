-- +goose Up

-- What the identities of entries begin with that were made here from a number on. Each start of the hive begins with one of its own: one
-- that comes from a backup would give identities again that it gave before.
CREATE TABLE uid_tags (
    first {{.Int}}   NOT NULL,
    tag   {{.Bytes}} NOT NULL,
    PRIMARY KEY (first)
) {{.Keyed}};
