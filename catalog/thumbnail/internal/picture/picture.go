// Package picture makes small pictures of large ones that come from anybody.
//
// It owns the formats that are understood, and the limits: what a picture would take is worked out from its header, and what
// takes too much is refused before it is decoded. Nothing of a picture but its pixels gets into a small one: no place, no
// camera, no name.
package picture

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
)

// Errors of this package.
var (
	ErrFormat = errors.New("picture: not one that is understood")
	ErrLarge  = errors.New("picture: it would take too much memory")
)

// Limits of a picture.
const (
	MaxPixels = 100_000_000
	maxMemory = 256 << 20 // bytes that decoding may take
	quality   = 82        // of a JPEG that is made
)

// Small is a small picture.
type Small struct {
	Kind string // media type
	Data []byte
}

// format is how a kind of picture is read. perPixel is how many bytes decoding takes for each pixel; whole says that the file is in
// memory meanwhile.
type format struct {
	magic    string
	config   func(io.Reader) (image.Config, error)
	decode   func(io.Reader) (image.Image, error)
	perPixel func(image.Config, *header) int64
	whole    bool
}

var formats = []format{
	{"\xff\xd8\xff", jpeg.DecodeConfig, jpeg.Decode, jpegBytes, false},
	{"\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode, pngBytes, false},
	{"GIF8", gif.DecodeConfig, gif.Decode, always(2), false},
	{"RIFF", webp.DecodeConfig, webp.Decode, always(8), true},
	{"BM", bmp.DecodeConfig, bmp.Decode, always(4), false},
	{"II*\x00", tiff.DecodeConfig, tiff.Decode, always(12), true},
	{"MM\x00*", tiff.DecodeConfig, tiff.Decode, always(12), true},
}

func always(n int64) func(image.Config, *header) int64 {
	return func(image.Config, *header) int64 { return n }
}

// jpegBytes knows that a progressive JPEG keeps all its coefficients, of four bytes each, until its end.
func jpegBytes(cfg image.Config, h *header) int64 {
	n := int64(3)
	if cfg.ColorModel == color.CMYKModel {
		n = 8
	}
	if h.jpeg.progressive {
		n *= 5
	}
	return n
}

// pngBytes knows that an interlaced PNG is decoded twice.
func pngBytes(cfg image.Config, h *header) int64 {
	n := int64(4)
	switch cfg.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model:
		n = 8
	case color.Gray16Model:
		n = 2
	}
	const interlace = 28
	if len(h.start) <= interlace || h.start[interlace] != 0 {
		n *= 2
	}
	return n
}

// header is what is known of a picture before it is decoded.
type header struct {
	start []byte
	jpeg  jpegHeader
}

// Shrink makes pictures of r whose longer edges have at most the given pixels, largest first. It gives up when ctx ends.
func Shrink(ctx context.Context, r io.ReadSeeker, edges ...int) (made []Small, err error) {
	defer func() {
		if v := recover(); v != nil { // of a decoder that met what nobody thought of
			err = fmt.Errorf("%w: panic: %v", ErrFormat, v)
		}
	}()
	src := &source{ctx, r}
	img, h, err := decode(src)
	if err != nil {
		return nil, err
	}
	small, kind := img, ""
	for i, edge := range edges {
		if small = shrink(small, edge); i == 0 {
			small = turn(small, h.jpeg.orientation)
			kind = kindOf(small)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		one, err := encode(small, kind)
		if err != nil {
			return nil, err
		}
		made = append(made, one)
	}
	return made, nil
}

// source fails when its time is over.
type source struct {
	ctx context.Context //nolint:containedctx // the decoders know none
	io.ReadSeeker
}

func (s *source) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.ReadSeeker.Read(p)
}

func decode(r io.ReadSeeker) (image.Image, *header, error) {
	h := &header{start: make([]byte, 32)}
	n, err := io.ReadFull(r, h.start)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && err != io.EOF {
		return nil, nil, err
	}
	h.start = h.start[:n]
	for _, f := range formats {
		if bytes.HasPrefix(h.start, []byte(f.magic)) {
			img, err := f.read(r, h)
			return img, h, err
		}
	}
	return nil, nil, ErrFormat
}

func (f format) read(r io.ReadSeeker, h *header) (image.Image, error) {
	var cfg image.Config
	steps := []func(io.Reader) error{
		func(r io.Reader) error { h.jpeg = readJPEG(r); return nil },
		func(r io.Reader) (err error) { cfg, err = f.config(r); return err },
	}
	for _, step := range steps {
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		if err := step(bufio.NewReader(r)); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
	}
	w, hgt := int64(cfg.Width), int64(cfg.Height)
	if w <= 0 || hgt <= 0 {
		return nil, fmt.Errorf("%w: %d × %d pixels", ErrFormat, w, hgt)
	}
	memory := int64(0)
	if f.whole {
		size, err := r.Seek(0, io.SeekEnd)
		if err != nil {
			return nil, err
		}
		memory = size
	}
	if w > MaxPixels/hgt || w*hgt*f.perPixel(cfg, h) > maxMemory-memory {
		return nil, fmt.Errorf("%w: %d × %d pixels", ErrLarge, w, hgt)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	img, err := f.decode(bufio.NewReaderSize(r, 64<<10))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return img, nil
}

// kindOf is JPEG for what hides nothing behind it, else PNG.
func kindOf(img image.Image) string {
	if o, ok := img.(interface{ Opaque() bool }); ok && o.Opaque() {
		return "image/jpeg"
	}
	return "image/png"
}

func encode(img image.Image, kind string) (Small, error) {
	var out bytes.Buffer
	var err error
	if kind == "image/jpeg" {
		err = jpeg.Encode(&out, img, &jpeg.Options{Quality: quality})
	} else {
		err = png.Encode(&out, img)
	}
	return Small{kind, out.Bytes()}, err
}

// uint16At and uint32At read numbers of a TIFF header, and 0 where there are none.
func uint16At(order binary.ByteOrder, b []byte, at int64) uint16 {
	if at < 0 || at+2 > int64(len(b)) {
		return 0
	}
	return order.Uint16(b[at:])
}

func uint32At(order binary.ByteOrder, b []byte, at int64) uint32 {
	if at < 0 || at+4 > int64(len(b)) {
		return 0
	}
	return order.Uint32(b[at:])
}
