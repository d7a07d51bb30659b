-- +goose Up

-- The newest head of an own share that the hive of a member has said it has, and when it first said so.
CREATE TABLE confirmed (
    share_id {{.Name}} NOT NULL,
    hive     {{.Name}} NOT NULL,
    seq      {{.Int}}  NOT NULL,
    heard    {{.Time}} NOT NULL,
    PRIMARY KEY (share_id, hive)
) {{.Keyed}};
