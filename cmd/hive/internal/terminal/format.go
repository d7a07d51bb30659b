package terminal

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Size is a number of bytes with a binary unit and three digits or so: 1.4 MiB.
func Size(n int64) string {
	if n < 0 {
		return "unlimited"
	}
	if n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	value := float64(n)
	for _, unit := range []string{"KiB", "MiB", "GiB", "TiB", "PiB"} {
		if value /= 1024; value < 1023.95 || unit == "PiB" {
			if value < 9.995 {
				return fmt.Sprintf("%.1f %s", value, unit)
			}
			return fmt.Sprintf("%.0f %s", value, unit)
		}
	}
	return ""
}

// Time is a time in the zone of the reader, to the minute.
func Time(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04")
}

// TimeOr is Time of a time that may be missing.
func TimeOr(t *time.Time, missing string) string {
	if t == nil {
		return missing
	}
	return Time(*t)
}

// Count is a number with its noun: 1 file, 2 files.
func Count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.FormatInt(n, 10) + " " + plural(noun)
}

func plural(noun string) string {
	if stem, ok := strings.CutSuffix(noun, "y"); ok {
		return stem + "ies"
	}
	if strings.HasSuffix(noun, "s") {
		return noun + "es"
	}
	return noun + "s"
}
