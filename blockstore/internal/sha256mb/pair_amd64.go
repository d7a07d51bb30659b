//go:build !purego

package sha256mb

import "github.com/klauspost/cpuid/v2"

// paired says that pair works here.
var paired = cpuid.CPU.Supports(cpuid.SHA, cpuid.SSSE3, cpuid.SSE4)

// pair hashes so many blocks at p and at q into the states a and b.
//
//go:noescape
func pair(a, b *[8]uint32, p, q *byte, blocks int)
