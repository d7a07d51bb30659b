-- +goose Up

-- The heads of shares, own and received, newest last. body and signature are as they travel. space_seq is the change of the
-- space up to which an own head goes.
CREATE TABLE heads (
    share_id  {{.Name}}  NOT NULL,
    seq       {{.Int}}   NOT NULL,
    root      {{.Bytes}} NOT NULL,
    body      {{.Blob}}  NOT NULL,
    signature {{.Bytes}} NOT NULL,
    space_seq {{.Int}}   NOT NULL,
    created   {{.Time}}  NOT NULL,
    PRIMARY KEY (share_id, seq)
) {{.Keyed}};

-- How far the replica of a received share is, and for an own share what is held back. proposal is the number of the last
-- statement sent to the owner, open while its root is not NULL; proposal_now is that root with the heads on top that came since.
-- confirmed is a root that a person said yes to.
CREATE TABLE replicas (
    share_id      {{.Name}} NOT NULL,
    seq           {{.Int}}  NOT NULL,
    root          {{.Bytes}},
    proposal      {{.Int}}  NOT NULL,
    proposal_root {{.Bytes}},
    proposal_base {{.Bytes}},
    proposal_now  {{.Bytes}},
    guarded       {{.Int}}  NOT NULL,
    guarded_root  {{.Bytes}},
    confirmed     {{.Bytes}},
    received      {{.Int}}  NOT NULL,
    sent          {{.Int}}  NOT NULL,
    synced        {{.Time}} NOT NULL,
    PRIMARY KEY (share_id)
) {{.Keyed}};

-- The last proposal of each hive to a share of ours. It is open while merged is below number.
CREATE TABLE proposals (
    share_id  {{.Name}}  NOT NULL,
    hive      {{.Name}}  NOT NULL,
    number    {{.Int}}   NOT NULL,
    merged    {{.Int}}   NOT NULL,
    body      {{.Blob}}  NOT NULL,
    signature {{.Bytes}} NOT NULL,
    created   {{.Time}}  NOT NULL,
    PRIMARY KEY (share_id, hive)
) {{.Keyed}};

-- Which chunks of a file have arrived that is not whole yet, as bits.
CREATE TABLE partials (
    entry_id {{.Int}}   NOT NULL,
    number   {{.Int}}   NOT NULL,
    root     {{.Bytes}} NOT NULL,
    chunks   {{.Blob}}  NOT NULL,
    PRIMARY KEY (entry_id, number)
) {{.Keyed}};

-- The tree of every folder that is shared or lies in a shared one, as of change seq of its space.
CREATE TABLE forest (
    folder_id {{.Int}}   NOT NULL,
    space_id  {{.Int}}   NOT NULL,
    root      {{.Bytes}} NOT NULL,
    entries   {{.Int}}   NOT NULL,
    PRIMARY KEY (folder_id)
) {{.Keyed}};

CREATE INDEX forest_by_space ON forest (space_id, folder_id);

CREATE TABLE forest_spaces (
    space_id {{.Int}} NOT NULL,
    seq      {{.Int}} NOT NULL,
    PRIMARY KEY (space_id)
) {{.Keyed}};
