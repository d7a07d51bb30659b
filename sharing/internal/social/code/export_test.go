package code

import "slices"

// Seal makes a code of any bytes.
func Seal(data []byte) string {
	return prefix + encoding.EncodeToString(slices.Concat(data, sum(data)))
}
