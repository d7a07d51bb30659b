package picture

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// corner is a picture whose top left quarter is red on blue.
func corner(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{0, 0, 255, 255}
			if x < w/2 && y < h/2 {
				c = color.RGBA{255, 0, 0, 255}
			}
			img.Set(x, y, c)
		}
	}
	return img
}

func encoded(t testing.TB, encode func(*bytes.Buffer) error) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := encode(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func jpegOf(t testing.TB, img image.Image) []byte {
	return encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, img, nil) })
}

func pngOf(t testing.TB, img image.Image) []byte {
	return encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, img) })
}

// shrunk makes both sizes and decodes them.
func shrunk(t *testing.T, data []byte) (large, small image.Image, kind string) {
	t.Helper()
	made, err := Shrink(t.Context(), bytes.NewReader(data), 1024, 256)
	if err != nil {
		t.Fatal(err)
	}
	var imgs [2]image.Image
	for i, m := range made {
		var as string
		if imgs[i], as, err = image.Decode(bytes.NewReader(m.Data)); err != nil || "image/"+as != m.Kind || m.Kind != made[0].Kind {
			t.Fatalf("%s is %s: %v", m.Kind, as, err)
		}
	}
	return imgs[0], imgs[1], made[0].Kind
}

func red(img image.Image, x, y int) bool {
	r, _, b, _ := img.At(x, y).RGBA()
	return r > b
}

func TestEveryFormat(t *testing.T) {
	t.Parallel()
	img := corner(2600, 1300)
	paletted := image.NewPaletted(img.Bounds(), color.Palette{color.RGBA{255, 0, 0, 255}, color.RGBA{0, 0, 255, 255}})
	for i := range paletted.Pix {
		if x, y := i%2600, i/2600; x >= 1300 || y >= 650 {
			paletted.Pix[i] = 1
		}
	}
	for name, data := range map[string][]byte{
		"jpeg": jpegOf(t, img), "png": pngOf(t, img),
		"gif":  encoded(t, func(b *bytes.Buffer) error { return gif.Encode(b, paletted, nil) }),
		"bmp":  encoded(t, func(b *bytes.Buffer) error { return bmp.Encode(b, img) }),
		"tiff": encoded(t, func(b *bytes.Buffer) error { return tiff.Encode(b, img, &tiff.Options{Compression: tiff.Deflate}) }),
	} {
		large, small, kind := shrunk(t, data)
		if large.Bounds().Size() != image.Pt(1024, 512) || small.Bounds().Size() != image.Pt(256, 128) || kind != "image/jpeg" {
			t.Errorf("%s: %v, %v, %s", name, large.Bounds(), small.Bounds(), kind)
		}
		for _, img := range []image.Image{large, small} {
			w, h := img.Bounds().Dx(), img.Bounds().Dy()
			if !red(img, w/4, h/4) || red(img, 3*w/4, h/4) || red(img, w/4, 3*h/4) {
				t.Errorf("%s: colours are wrong at %v", name, img.Bounds())
			}
		}
	}
	// One pixel each: lossy, lossless, and with an alpha channel. encoding/base64 of what Modernizr asks browsers.
	for _, text := range []string{
		"UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA",
		"UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==",
		"UklGRkoAAABXRUJQVlA4WAoAAAAQAAAAAAAAAAAAQUxQSAwAAAARBxAR/Q9ERP8DAABWUDggGAAAABQBAJ0BKgEAAQAAAP4AAA3AAP7mtQAAAA==",
	} {
		webp, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		if large, _, _ := shrunk(t, webp); large.Bounds().Size() != image.Pt(1, 1) {
			t.Errorf("webp: %v", large.Bounds())
		}
	}
}

func TestSmallAndOddPictures(t *testing.T) {
	t.Parallel()
	for _, size := range []image.Point{{1, 1}, {3, 5}, {256, 256}, {257, 1}, {1, 3000}, {5000, 2}, {1023, 1025}} {
		large, small, _ := shrunk(t, pngOf(t, corner(size.X, size.Y)))
		for edge, img := range map[int]image.Image{1024: large, 256: small} {
			got := img.Bounds().Size()
			if max(got.X, got.Y) != min(edge, max(size.X, size.Y)) || min(got.X, got.Y) < 1 {
				t.Errorf("%v became %v for %d", size, got, edge)
			}
		}
	}
	glass := image.NewNRGBA(image.Rect(0, 0, 300, 300))
	if large, _, kind := shrunk(t, pngOf(t, glass)); kind != "image/png" || large.(interface{ Opaque() bool }).Opaque() {
		t.Errorf("glass became %s", kind)
	}
}

// exif is an APP1 segment with an orientation.
func exif(order binary.AppendByteOrder, mark string, n uint16) []byte {
	b := append([]byte("Exif\x00\x00"), mark...)
	b = order.AppendUint16(b, 42)
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 1)
	b = order.AppendUint16(b, 0x0112)
	b = order.AppendUint16(b, 3)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint16(b, n)
	b = order.AppendUint16(b, 0)
	return append(binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(b)+2)), b...)
}

// TestOrientation: however the camera was held, the red corner is where it was.
func TestOrientation(t *testing.T) {
	t.Parallel()
	// Where the top left quarter comes to lie, and whether the sides change places.
	where := map[uint16]struct {
		right, bottom, turned bool
	}{1: {}, 2: {right: true}, 3: {right: true, bottom: true}, 4: {bottom: true}, 5: {turned: true}, 6: {right: true, turned: true}, 7: {true, true, true}, 8: {bottom: true, turned: true}, 9: {}}
	plain := jpegOf(t, corner(400, 200))
	for n, want := range where {
		segment := exif(binary.LittleEndian, "II", n)
		if n%2 == 0 {
			segment = exif(binary.BigEndian, "MM", n)
		}
		data := append(append(append([]byte{}, plain[:2]...), segment...), plain[2:]...)
		_, img, _ := shrunk(t, data)
		size := image.Pt(256, 128)
		if want.turned {
			size = image.Pt(128, 256)
		}
		if img.Bounds().Size() != size {
			t.Errorf("%d: %v", n, img.Bounds())
			continue
		}
		for _, right := range []bool{false, true} {
			for _, bottom := range []bool{false, true} {
				x, y := size.X/4, size.Y/4
				if right {
					x = 3 * size.X / 4
				}
				if bottom {
					y = 3 * size.Y / 4
				}
				if red(img, x, y) != (right == want.right && bottom == want.bottom) {
					t.Errorf("%d: wrong at %d, %d", n, x, y)
				}
			}
		}
	}
}

// bomb is a PNG that says it is so large, and has no more.
func bomb(w, h uint32, depth, kind, interlace byte) []byte {
	ihdr := binary.BigEndian.AppendUint32([]byte("IHDR"), w)
	ihdr = append(binary.BigEndian.AppendUint32(ihdr, h), depth, kind, 0, 0, interlace)
	out := binary.BigEndian.AppendUint32([]byte("\x89PNG\r\n\x1a\n"), 13)
	out = append(out, ihdr...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(ihdr))
}

// TestBombs: what would take too much is refused by its header.
func TestBombs(t *testing.T) {
	t.Parallel()
	progressive := jpegOf(t, corner(16, 16))
	at := bytes.Index(progressive, []byte{0xff, 0xc0})
	large := append([]byte{}, progressive...)
	binary.BigEndian.PutUint16(large[at+5:], 6000)
	binary.BigEndian.PutUint16(large[at+7:], 6000)
	baseline := append([]byte{}, large...)
	large[at+1] = 0xc2
	for name, data := range map[string][]byte{
		"wide": bomb(1<<31-1, 1, 8, 2, 0), "square": bomb(50_000, 50_000, 8, 0, 0), "deep": bomb(9000, 9000, 16, 6, 0), "interlaced": bomb(7000, 7000, 8, 6, 1),
		"progressive": large,
	} {
		if _, err := Shrink(t.Context(), bytes.NewReader(data), 10); !errors.Is(err, ErrLarge) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := Shrink(t.Context(), bytes.NewReader(baseline), 10); errors.Is(err, ErrLarge) {
		t.Error("36 megapixels of a plain JPEG are too many")
	}
	for _, data := range []string{"", "x", "\xff\xd8\xff", "GIF89a", "RIFF0000WEBP", "II*\x00", "BM"} {
		if _, err := Shrink(t.Context(), bytes.NewReader([]byte(data)), 10); !errors.Is(err, ErrFormat) {
			t.Errorf("%q: got %v", data, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Shrink(ctx, bytes.NewReader(pngOf(t, corner(100, 100))), 10); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// FuzzShrink: nothing that comes in makes it panic, and what comes out has the size that was asked for.
func FuzzShrink(f *testing.F) {
	img := corner(40, 20)
	f.Add(jpegOf(f, img))
	f.Add(pngOf(f, img))
	f.Add(append([]byte{0xff, 0xd8}, exif(binary.BigEndian, "MM", 6)...))
	f.Add(encoded(f, func(b *bytes.Buffer) error { return tiff.Encode(b, img, nil) }))
	f.Add(encoded(f, func(b *bytes.Buffer) error { return bmp.Encode(b, img) }))
	f.Fuzz(func(t *testing.T, data []byte) {
		if cfg, _, err := image.DecodeConfig(bytes.NewReader(data)); err == nil && cfg.Width*cfg.Height > 1<<20 {
			return // slow, and covered by TestBombs
		}
		if h := readJPEG(bytes.NewReader(data)); h.orientation < 1 || h.orientation > 8 {
			t.Errorf("orientation %d", h.orientation)
		}
		made, err := Shrink(t.Context(), bytes.NewReader(data), 8)
		if err != nil {
			return
		}
		got, err := png.DecodeConfig(bytes.NewReader(made[0].Data))
		if made[0].Kind == "image/jpeg" {
			got, err = jpeg.DecodeConfig(bytes.NewReader(made[0].Data))
		}
		if err != nil || max(got.Width, got.Height) > 8 {
			t.Error(fmt.Sprint(got, err))
		}
	})
}
