-- +goose Up

-- Chunks that a user has sent and that no file of theirs holds yet, by the SHA-256 of their bytes. They go after a day.
CREATE TABLE uploads (
    user_id {{.Int}}   NOT NULL,
    digest  {{.Bytes}} NOT NULL,
    size    {{.Int}}   NOT NULL,
    created {{.Time}}  NOT NULL,
    PRIMARY KEY (user_id, digest)
) {{.Keyed}};

CREATE INDEX uploads_by_time ON uploads (created);
