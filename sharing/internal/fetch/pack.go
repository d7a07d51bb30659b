package fetch

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/melissiproject/hive/sharing/internal/wire"
)

// Compression of packs. Encoders and decoders are shared by all conns and stay: the best compression would cost 34 MB each,
// for a percent or two.
var (
	fast         = encoder(zstd.SpeedFastest, maxPack)
	thorough     = encoder(zstd.SpeedBetterCompression, lump)
	decompressor = must(zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxPack), zstd.WithDecoderMaxWindow(maxPack), zstd.WithDecodeAllCapLimit(true)))
)

// encoder returns one that is ready: what it makes at its first use, it has channels among it, would belong to the test that
// came first.
func encoder(level zstd.EncoderLevel, window int) *zstd.Encoder {
	e := must(zstd.NewWriter(nil, zstd.WithEncoderLevel(level), zstd.WithWindowSize(window), zstd.WithEncoderCRC(false), zstd.WithLowerEncoderMem(true)))
	e.EncodeAll([]byte{0}, nil)
	return e
}

// compress takes more trouble with less.
func compress(data []byte) []byte {
	if len(data) <= lump {
		return thorough.EncodeAll(data, nil)
	}
	return fast.EncodeAll(data, nil)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // of options that are constants
	}
	return v
}

// Whether bytes compress is judged by some samples of them.
const (
	samples     = 4
	sampleBytes = 2 << 10
	lump        = 64 << 10 // bytes that are judged by themselves
)

// trial is the memory of an estimate: of samples, and of what they are compressed.
type trial struct {
	sample [samples * sampleBytes]byte
	packed [2*samples*sampleBytes + 64]byte // some more than what does not compress
}

var trials = sync.Pool{New: func() any { return new(trial) }}

// estimate is about how many bytes data has when compressed, by samples of it.
func estimate(data []byte) int {
	t := trials.Get().(*trial)
	defer trials.Put(t)
	if len(data) <= 2*len(t.sample) {
		return len(fast.EncodeAll(data, t.packed[:0]))
	}
	for i := range samples {
		at := (len(data) - sampleBytes) / (samples - 1) * i
		copy(t.sample[i*sampleBytes:], data[at:at+sampleBytes])
	}
	return len(data) / len(t.sample) * len(fast.EncodeAll(t.sample[:], t.packed[:0]))
}

// smaller tells whether a is less than b when compressed: by samples, and where those are close by trying.
func smaller(a, b []byte) bool {
	most := estimate(b)
	if len(a) <= most {
		return true
	}
	guess := estimate(a)
	if guess < most-most/8 || guess > most+most/8 {
		return guess < most
	}
	return len(compress(a)) < len(compress(b))
}

// compresses tells whether it is worth while to compress data.
func compresses(data []byte) bool { return estimate(data) < len(data)-len(data)/16 }

// packer sends frames, with what follows them. When it is on, small ones and those that compress go together in packs.
type packer struct {
	to  *bufio.Writer
	on  bool
	buf bytes.Buffer
}

// write sends a frame and the bytes that follow it, at flush at the latest.
func (p *packer) write(a answer, data []byte) error {
	if !p.on {
		return direct(p.to, a, data)
	}
	if len(data) >= lump && !compresses(data) {
		if err := p.flush(); err != nil {
			return err
		}
		return direct(p.to, a, data)
	}
	if p.buf.Len()+len(data) > packBytes {
		if err := p.flush(); err != nil {
			return err
		}
	}
	if err := direct(&p.buf, a, data); err != nil || p.buf.Len() < packBytes {
		return err
	}
	return p.flush()
}

func direct(w io.Writer, a answer, data []byte) error {
	if err := wire.Write(w, a); err != nil || len(data) == 0 {
		return err
	}
	_, err := w.Write(data)
	return err
}

// flush sends what waits: as it is if that is shorter.
func (p *packer) flush() error {
	plain := p.buf.Bytes()
	defer p.buf.Reset()
	if len(plain) <= maxPack && len(plain) > 64 {
		packed := compress(plain)
		if a := (answer{Pack: int64(len(packed)), Full: int64(len(plain))}); len(packed)+32 < len(plain) {
			return direct(p.to, a, packed)
		}
	}
	_, err := p.to.Write(plain)
	return err
}

// unpack reads a pack that a frame announced.
func unpack(r io.Reader, a answer) ([]byte, error) {
	if a.Pack < 0 || a.Pack > maxPack || a.Full <= 0 || a.Full > maxPack {
		return nil, fmt.Errorf("%w: a pack of %d bytes for %d", ErrProtocol, a.Pack, a.Full)
	}
	packed := make([]byte, a.Pack)
	if _, err := io.ReadFull(r, packed); err != nil {
		return nil, err
	}
	plain, err := decompressor.DecodeAll(packed, make([]byte, 0, a.Full))
	if err != nil || int64(len(plain)) != a.Full {
		return nil, fmt.Errorf("%w: a pack of %d bytes, not %d: %w", ErrProtocol, len(plain), a.Full, err)
	}
	return plain, nil
}
