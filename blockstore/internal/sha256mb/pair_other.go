//go:build !amd64 || purego

package sha256mb

const paired = false

func pair(_, _ *[8]uint32, _, _ *byte, _ int) { panic("sha256mb: not on this processor") }
