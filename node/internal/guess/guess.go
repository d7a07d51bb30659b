// Package guess finds what a word was meant to be.
//
// It owns how alike two names are. It does not own any names.
package guess

import "strings"

// Nearest gives the name that text was probably meant to be, or nothing. The last part of a dotted name counts too.
func Nearest(text string, names []string) string {
	best, bound := "", 1+len(text)/3
	for _, name := range names {
		short := name[strings.LastIndexByte(name, '.')+1:]
		if d := min(distance(text, name), distance(text, short)); d <= bound {
			best, bound = name, d-1
		}
	}
	return best
}

// distance is the number of bytes to insert, delete or replace to turn a into b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
