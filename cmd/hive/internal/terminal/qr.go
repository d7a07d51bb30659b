package terminal

import (
	"strings"

	"rsc.io/qr"
)

// quietZone is the empty border that a reader needs, in modules.
const quietZone = 2

// QR is text as a QR code for a screen, dark on light, two rows of it a line.
func QR(text string) (string, error) {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for y := -quietZone; y < code.Size+quietZone; y += 2 {
		b.WriteString("\x1b[30;107m") // black on white, whatever the terminal has
		for x := -quietZone; x < code.Size+quietZone; x++ {
			b.WriteString([]string{" ", "▄", "▀", "█"}[half(code, x, y)<<1|half(code, x, y+1)])
		}
		b.WriteString("\x1b[0m\n")
	}
	return b.String(), nil
}

// half is 1 where a module is black.
func half(code *qr.Code, x, y int) int {
	if code.Black(x, y) {
		return 1
	}
	return 0
}
