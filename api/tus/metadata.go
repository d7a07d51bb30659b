package tus

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/melissiproject/hive/api/edge"
	"github.com/melissiproject/hive/catalog"
)

// Bounds of Upload-Metadata.
const (
	maxMetadata  = 16 << 10 // bytes
	maxPairs     = 64
	maxCondition = 255 // bytes of an entity tag
)

// metadata is what an Upload-Metadata header says, by key.
type metadata map[string]string

func wrong(format string, args ...any) error {
	return edge.Invalid("header.Upload-Metadata", format, args...)
}

// parseMetadata reads an Upload-Metadata header: pairs of a key and a value in base64, which may be missing, separated by commas.
func parseMetadata(header string) (metadata, error) {
	if len(header) > maxMetadata {
		return nil, wrong("expected at most %d bytes", maxMetadata)
	}
	m := metadata{}
	if strings.TrimSpace(header) == "" {
		return m, nil
	}
	for pair := range strings.SplitSeq(header, ",") {
		key, encoded, _ := strings.Cut(strings.TrimSpace(pair), " ")
		value, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
		switch _, twice := m[key]; {
		case !isKey(key):
			return nil, wrong("a key is ASCII without spaces and commas")
		case twice:
			return nil, wrong("%s is there twice", key)
		case err != nil:
			return nil, wrong("the value of %s is not base64", key)
		case len(m) == maxPairs:
			return nil, wrong("expected at most %d keys", maxPairs)
		}
		m[key] = string(value)
	}
	return m, nil
}

func isKey(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// place is where the file goes and how. Keys that mean nothing here are the client's own.
func (m metadata) place() (path catalog.Path, opts catalog.PutOptions, err error) {
	text, ok := m["path"]
	if !ok {
		return path, opts, wrong("path is missing")
	}
	if path, err = catalog.ParsePath(text); err != nil {
		return path, opts, err
	}
	opts.IfMatch, opts.IfNoneMatch = m["ifMatch"], m["ifNoneMatch"]
	if max(len(opts.IfMatch), len(opts.IfNoneMatch)) > maxCondition {
		return path, opts, wrong("a condition has at most %d bytes", maxCondition)
	}
	if text := m["mtime"]; text != "" {
		if opts.MTime, err = time.Parse(time.RFC3339, text); err != nil {
			return path, opts, wrong("mtime: expected a time of RFC 3339")
		}
	}
	exec, err := m.flag("exec")
	if err != nil {
		return path, opts, err
	}
	opts.Exec = exec
	parents, err := m.flag("parents")
	opts.Parents = parents != nil && *parents
	return path, opts, err
}

// flag is nil for a key that is missing; one without a value is true.
func (m metadata) flag(key string) (*bool, error) {
	text, ok := m[key]
	if !ok {
		return nil, nil
	}
	value, err := strconv.ParseBool(text)
	if text == "" {
		value, err = true, nil
	}
	if err != nil {
		return nil, wrong("%s: expected true or false", key)
	}
	return &value, nil
}
