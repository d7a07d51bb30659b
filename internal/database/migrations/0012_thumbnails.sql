-- +goose Up

-- Small pictures of contents, by root. state is 0 while it waits to be made, 1 when it is made, 2 where there is none to be had.
-- tries counts beginnings, so that a content which kills the process is not begun for ever.
CREATE TABLE thumbnails (
    root   {{.Bytes}} NOT NULL,
    state  {{.Int}}   NOT NULL,
    tries  {{.Int}}   NOT NULL,
    kind   {{.Name}}  NOT NULL,
    small  {{.Bytes}},
    large  {{.Bytes}},
    bytes  {{.Int}}   NOT NULL,
    queued {{.Time}}  NOT NULL,
    used   {{.Time}}  NOT NULL,
    PRIMARY KEY (root)
) {{.Keyed}};

CREATE INDEX thumbnails_by_state ON thumbnails (state, queued);
CREATE INDEX thumbnails_by_use ON thumbnails (used);
