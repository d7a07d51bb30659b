-- +goose Up

-- One value of a series. span is how much time it stands for, in seconds: 0 for a sample, then an hour, then a day.
CREATE TABLE samples (
    name  {{.Name}} NOT NULL,
    span  {{.Int}}  NOT NULL,
    at    {{.Time}} NOT NULL,
    value {{.Int}}  NOT NULL,
    PRIMARY KEY (name, span, at)
) {{.Keyed}};

CREATE INDEX samples_by_time ON samples (span, at);
