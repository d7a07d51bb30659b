package node

import (
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"
)

// Secret is a setting that never prints: not in a log, not in an error, not in config show.
type Secret string

// Reveal gives the secret itself.
func (s Secret) Reveal() string { return string(s) }

// String hides a secret that is set.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "(hidden)"
}

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return strconv.Quote(s.String()) }

// MarshalText hides the secret from YAML and JSON.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue hides the secret from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Size is a number of bytes, written with a unit: 512MiB, 10GB, 1.5TiB. Negative is unlimited.
type Size int64

// Unlimited is the size of no limit.
const Unlimited Size = -1

// units of Size, larger ones first, so that String finds the best fit.
var units = []struct {
	name  string
	bytes float64
}{
	{"PiB", 1 << 50},
	{"TiB", 1 << 40},
	{"GiB", 1 << 30},
	{"MiB", 1 << 20},
	{"KiB", 1 << 10},
	{"PB", 1e15},
	{"TB", 1e12},
	{"GB", 1e9},
	{"MB", 1e6},
	{"kB", 1e3},
	{"B", 1},
	{"P", 1 << 50},
	{"T", 1 << 40},
	{"G", 1 << 30},
	{"M", 1 << 20},
	{"K", 1 << 10},
}

// ParseSize reads a size such as 10GiB, 500MB, 1048576 or unlimited. A single letter is a binary unit: 10G is 10GiB.
func ParseSize(text string) (Size, error) {
	s := strings.TrimSpace(text)
	if strings.EqualFold(s, "unlimited") || s == "-1" {
		return Unlimited, nil
	}
	number, factor := s, 1.0
	for _, u := range units {
		if len(s) > len(u.name) && strings.EqualFold(s[len(s)-len(u.name):], u.name) {
			number, factor = strings.TrimSpace(s[:len(s)-len(u.name)]), u.bytes
			break
		}
	}
	if n, err := strconv.ParseInt(number, 10, 64); err == nil && factor == 1 && n >= 0 {
		return Size(n), nil
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil || f < 0 || f*factor >= math.MaxInt64 || math.IsNaN(f) {
		return 0, fmt.Errorf("%q is not a size such as 500MB, 10GiB or unlimited", text)
	}
	return Size(f * factor), nil
}

// String writes the size with the largest binary unit that divides it.
func (s Size) String() string {
	if s < 0 {
		return "unlimited"
	}
	for _, u := range units[:5] {
		if n := int64(u.bytes); s != 0 && int64(s)%n == 0 {
			return strconv.FormatInt(int64(s)/n, 10) + u.name
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

// MarshalText is String.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText is ParseSize.
func (s *Size) UnmarshalText(text []byte) (err error) {
	*s, err = ParseSize(string(text))
	return err
}

const day = 24 * time.Hour

// Duration is a span of time, written like 90s, 12h or 30d.
type Duration time.Duration

// ParseDuration reads a duration: those of Go, and days and weeks as 30d and 2w.
func ParseDuration(text string) (Duration, error) {
	s := strings.TrimSpace(text)
	for unit, span := range map[string]time.Duration{"d": day, "w": 7 * day} {
		number, ok := strings.CutSuffix(s, unit)
		if !ok {
			continue
		}
		f, err := strconv.ParseFloat(number, 64)
		if err == nil && math.Abs(f)*float64(span) < math.MaxInt64 {
			return Duration(f * float64(span)), nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration such as 90s, 12h or 30d", text)
	}
	return Duration(d), nil
}

// String writes whole days as days.
func (d Duration) String() string {
	if d != 0 && time.Duration(d)%day == 0 {
		return strconv.FormatInt(int64(time.Duration(d)/day), 10) + "d"
	}
	s := time.Duration(d).String()
	if trimmed, ok := strings.CutSuffix(s, "m0s"); ok {
		s = trimmed + "m"
	}
	if trimmed, ok := strings.CutSuffix(s, "h0m"); ok {
		s = trimmed + "h"
	}
	return s
}

// MarshalText is String.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText is ParseDuration.
func (d *Duration) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDuration(string(text))
	return err
}
