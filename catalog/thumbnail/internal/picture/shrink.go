package picture

import (
	"image"

	"golang.org/x/image/draw"
)

// shrink returns img with at most edge pixels on its longer side. It never enlarges.
func shrink(img image.Image, edge int) image.Image {
	size := img.Bounds().Size()
	long := max(size.X, size.Y)
	img = average(img, max(1, long/edge))
	w, h := size.X, size.Y
	if long > edge {
		w, h = max(1, w*edge/long), max(1, h*edge/long)
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if img.Bounds().Size() == out.Bounds().Size() {
		draw.Draw(out, out.Bounds(), img, img.Bounds().Min, draw.Src)
		return out
	}
	draw.CatmullRom.Scale(out, out.Bounds(), img, img.Bounds(), draw.Src, nil)
	return out
}

// average makes one pixel of each square of k × k: cheap, without more memory than a row, and fair to every pixel, which a kernel
// is only where it takes memory for all rows.
func average(img image.Image, k int) image.Image {
	bounds := img.Bounds()
	w, h := bounds.Dx()/k, bounds.Dy()/k
	if k == 1 || w == 0 || h == 0 {
		return img
	}
	row := image.NewRGBA(image.Rect(0, 0, w*k, 1))
	sums := make([]uint64, 4*w)
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		clear(sums)
		for dy := range k {
			draw.Draw(row, row.Bounds(), img, image.Pt(bounds.Min.X, bounds.Min.Y+y*k+dy), draw.Src)
			for x := range w * k {
				for c := range 4 {
					sums[x/k*4+c] += uint64(row.Pix[4*x+c])
				}
			}
		}
		for i, sum := range sums {
			out.Pix[y*out.Stride+i] = uint8(sum / uint64(k*k))
		}
	}
	return out
}

// turn brings a picture upright that was taken with the camera held as orientation says.
func turn(img image.Image, orientation int) image.Image {
	if orientation <= 1 || orientation > 8 {
		return img
	}
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	size := image.Rect(0, 0, w, h)
	if orientation >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	out := image.NewRGBA(size)
	for y := range h {
		for x := range w {
			to := [...]image.Point{
				2: {w - 1 - x, y}, 3: {w - 1 - x, h - 1 - y}, 4: {x, h - 1 - y},
				5: {y, x}, 6: {h - 1 - y, x}, 7: {h - 1 - y, w - 1 - x}, 8: {y, w - 1 - x},
			}[orientation]
			out.Set(to.X, to.Y, img.At(b.Min.X+x, b.Min.Y+y))
		}
	}
	return out
}
