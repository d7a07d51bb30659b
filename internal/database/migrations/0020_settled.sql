-- +goose Up

-- What became of the proposals of a hive: settled is the number of the last that was merged or refused, merged that of the last
-- that went into the share, and merged_root the tree of that one. A proposal is open while settled is below its number.
ALTER TABLE proposals ADD COLUMN settled {{.Int}} NOT NULL DEFAULT 0;
ALTER TABLE proposals ADD COLUMN merged_root {{.Bytes}};

UPDATE proposals SET settled = merged;
