package files

import (
	"math"
	"strconv"
	"strings"
)

// beyond is a range that no content has.
const beyond = "9223372036854775807-"

// mostRanges of one request are given. RFC 9110 lets a server take no notice of many, for each costs it the reading of a block.
const mostRanges = 16

// ranges is a Range field as net/http understands it, where that differs from RFC 9110: units have no case, those that are not known
// do not count, positions have any number of digits, and the last 0 bytes are none. Of too many nothing is left. What is no range stays as it is.
func ranges(field string) string {
	unit, set, ok := strings.Cut(field, "=")
	if !ok {
		return field
	}
	if !strings.EqualFold(strings.TrimSpace(unit), "bytes") {
		return ""
	}
	if strings.Count(set, ",") >= mostRanges {
		return ""
	}
	specs := strings.Split(set, ",")
	for i, spec := range specs {
		first, last, ok := strings.Cut(strings.TrimSpace(spec), "-")
		if !ok {
			continue
		}
		first, last = position(first), position(last)
		if specs[i] = first + "-" + last; first == "" && last == "0" {
			specs[i] = beyond
		}
	}
	return "bytes=" + strings.Join(specs, ",")
}

// position is a number of digits that fits, without zeros before it. Other texts stay as they are.
func position(text string) string {
	text = strings.TrimSpace(text)
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return text
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		n = math.MaxInt64
	}
	return strconv.FormatInt(n, 10)
}
