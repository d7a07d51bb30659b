package delta_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/melissiproject/hive/delta"
)

const benchSize = 32 << 20

func BenchmarkWriteSignature(b *testing.B) {
	base := random(benchSize, 1)
	for _, k := range kinds {
		b.Run(k.name, func(b *testing.B) {
			o, err := delta.Options{Kind: k.kind}.For(benchSize)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(benchSize)
			for b.Loop() {
				if err := delta.WriteSignature(io.Discard, bytes.NewReader(base), o); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkWriteDelta(b *testing.B) {
	base := random(benchSize, 1)
	for _, target := range []struct {
		name    string
		content []byte
	}{{"same", base}, {"different", random(benchSize, 2)}} {
		for _, k := range kinds {
			b.Run(target.name+"/"+k.name, func(b *testing.B) {
				signature, err := delta.Sign(base, delta.Options{Kind: k.kind})
				if err != nil {
					b.Fatal(err)
				}
				s, err := delta.ReadSignature(bytes.NewReader(signature))
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(benchSize)
				for b.Loop() {
					if err := delta.WriteDelta(io.Discard, s, bytes.NewReader(target.content)); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkBetween(b *testing.B) {
	for _, size := range []int{4 << 10, 256 << 10, 2 << 20} {
		base := random(size, 1)
		for name, target := range map[string][]byte{"same": base, "different": random(size, 2)} {
			b.Run(fmt.Sprintf("%s/%dKiB", name, size>>10), func(b *testing.B) {
				b.SetBytes(int64(size))
				for b.Loop() {
					if _, ok := delta.Between(base, target, 2*size); !ok {
						b.Fatal("over limit")
					}
				}
			})
		}
	}
}
