-- +goose Up

-- Heads of own shares that were not known here any more after a backup was put back: taken says that what is in one is in the folder
-- again, or else it could not be had for so long that heads were made without it. They go with the heads of their numbers.
CREATE TABLE lost_heads (
    share_id {{.Name}}  NOT NULL,
    hash     {{.Bytes}} NOT NULL,
    seq      {{.Int}}   NOT NULL,
    taken    {{.Bool}}  NOT NULL,
    PRIMARY KEY (share_id, hash)
) {{.Keyed}};
