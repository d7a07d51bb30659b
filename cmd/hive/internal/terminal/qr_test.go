package terminal

import (
	"strings"
	"testing"
)

func TestQR(t *testing.T) {
	text, err := QR("otpauth://totp/hive:bob?secret=ABC")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, line := range lines {
		line = strings.TrimSuffix(strings.TrimPrefix(line, "\x1b[30;107m"), "\x1b[0m")
		if width := len([]rune(line)); width < 25 || (width+1)/2 != len(lines) {
			t.Fatalf("line %d is %d wide, of %d lines", i, width, len(lines))
		}
		if i == 1 && !strings.HasPrefix(line, "  █▀▀▀▀▀█") {
			t.Errorf("no corner: %q", line)
		}
	}
	if _, err := QR(strings.Repeat("x", 5000)); err == nil {
		t.Error("too much for a code: no error")
	}
}
