-- +goose Up

DROP TABLE partials;

-- What has arrived of contents whose file is not here yet: chunks as bits, none for a content that is whole. hive is who proposed
-- it to an own share, empty in a received one.
CREATE TABLE partials (
    share_id {{.Name}}  NOT NULL,
    hive     {{.Name}}  NOT NULL,
    root     {{.Bytes}} NOT NULL,
    chunks   {{.Blob}}  NOT NULL,
    PRIMARY KEY (share_id, hive, root)
) {{.Keyed}};
