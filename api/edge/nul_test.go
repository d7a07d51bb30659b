package edge

import "testing"

func TestEscapedNUL(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`{"a":"b"}`: false, `{"a":"\u0000"}`: true, `{"a":"\\u0000"}`: false, `{"a":"\\\u0000"}`: true, `{"a":"\\u0000 \u0000"}`: true, `\u0000`: true, `\u00001`: true, `u0000`: false,
	} {
		if got := holdsNUL([]byte(text)); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}
