package secret

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

var cheap = Argon{Memory: 64, Time: 1, Threads: 1}

func TestHash(t *testing.T) {
	t.Parallel()
	encoded := New(cheap, "secret").String()
	if encoded == New(cheap, "secret").String() {
		t.Error("no salt")
	}
	h, err := Parse(encoded)
	if err != nil || !h.Matches("secret") || h.Matches("Secret") || h.Cost != cheap {
		t.Errorf("got %+v, %v", h, err)
	}
}

func TestParseHashRefuses(t *testing.T) {
	t.Parallel()
	valid := New(cheap, "secret").String()
	if _, err := Parse(valid); err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{"t=1", "t=0"},
		{"t=1", "t=65"},
		{"t=1", "t=01"},
		{"t=1", "t=-1"},
		{"t=1", "t=4294967297"},
		{"p=1", "p=0"},
		{"p=1", "p=256"},
		{"m=64", "m=7"},
		{"m=64", "m=99999999"},
		{"m=64", "m= 64"},
		{"m=64,t=1", "t=1,m=64"},
		{"v=19", "v=16"},
		{"argon2id", "argon2i"},
		{"$argon", "argon"},
		{"p=1$", "p=1$A"},
		{"p=1$", "p=1$$"},
		{"p=1", "p=1,x=1"},
	} {
		bad := strings.Replace(valid, change[0], change[1], 1)
		if _, err := Parse(bad); !errors.Is(err, ErrHash) {
			t.Errorf("%s: got %v", bad, err)
		}
	}
	for _, bad := range []string{"", "$", "$$$$$", valid + "A", valid[:len(valid)-1], valid + "\n", "plain text"} {
		if _, err := Parse(bad); !errors.Is(err, ErrHash) {
			t.Errorf("%q: got %v", bad, err)
		}
	}
}

// FuzzParseHash looks for a panic, in reading and in use, and for two texts of one hash.
func FuzzParseHash(f *testing.F) {
	f.Add(New(cheap, "secret").String())
	f.Add("$argon2id$v=19$m=64,t=0,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaA")
	f.Fuzz(func(t *testing.T, s string) {
		h, err := Parse(s)
		if err != nil {
			return
		}
		if h.String() != s {
			t.Errorf("read %q, wrote %q", s, h)
		}
		if h.Cost.Memory <= 1024 && h.Cost.Time <= 2 {
			h.Matches("secret")
		}
	})
}

func TestNobody(t *testing.T) {
	t.Parallel()
	nobody, err := Parse(Nobody(cheap).String())
	if err != nil || nobody.Cost != cheap || nobody.Matches("") {
		t.Errorf("got %v, %v", nobody, err)
	}
}

func TestSeal(t *testing.T) {
	t.Parallel()
	key, other := bytes.Repeat([]byte{1}, KeyBytes), bytes.Repeat([]byte{2}, KeyBytes)
	sealed, err := Seal(key, 7, "text")
	if err != nil || bytes.Contains(sealed, []byte("text")) {
		t.Fatalf("%q, %v", sealed, err)
	}
	if again, _ := Seal(key, 7, "text"); bytes.Equal(again, sealed) {
		t.Error("no nonce")
	}
	if text, err := Unseal(key, 7, sealed); text != "text" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	for _, open := range []func() (string, error){
		func() (string, error) { return Unseal(other, 7, sealed) },
		func() (string, error) { return Unseal(key, 8, sealed) },
		func() (string, error) { return Unseal(key, 7, sealed[:5]) },
		func() (string, error) { return Unseal(key, 7, append(sealed[:len(sealed)-1:len(sealed)-1], 0xff)) },
		func() (string, error) { return Unseal(nil, 7, sealed) },
		func() (string, error) { return Unseal(key[:5], 7, sealed) },
	} {
		if text, err := open(); err == nil || text != "" {
			t.Errorf("opened: %q", text)
		}
	}
	if _, err := Seal(nil, 7, "text"); err == nil {
		t.Error("sealed without a key")
	}
}
