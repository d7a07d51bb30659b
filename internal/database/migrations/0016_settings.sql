-- +goose Up

-- What an admin has set while the hive runs, above its configuration file. value is JSON.
CREATE TABLE settings (
    name    {{.Name}} NOT NULL,
    value   {{.Text}} NOT NULL,
    changed {{.Time}} NOT NULL,
    actor   {{.Name}} NOT NULL,
    PRIMARY KEY (name)
) {{.Keyed}};
