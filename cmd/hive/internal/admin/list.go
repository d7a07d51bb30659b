package admin

import "iter"

// first is the beginning of a list; all of it for 0.
func first[T any](most uint, list iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var n uint
		for item, err := range list {
			if !yield(item, err) {
				return
			}
			if n++; n == most {
				return
			}
		}
	}
}
