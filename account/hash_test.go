package account

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

var cheap = Argon{Memory: 64, Time: 1, Threads: 1}

func TestHash(t *testing.T) {
	t.Parallel()
	encoded := newHash(cheap, "secret").String()
	if encoded == newHash(cheap, "secret").String() {
		t.Error("no salt")
	}
	h, err := parseHash(encoded)
	if err != nil || !h.matches("secret") || h.matches("Secret") || h.cost != cheap {
		t.Errorf("got %+v, %v", h, err)
	}
}

func TestParseHashRefuses(t *testing.T) {
	t.Parallel()
	valid := newHash(cheap, "secret").String()
	if _, err := parseHash(valid); err != nil {
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
		if _, err := parseHash(bad); !errors.Is(err, errHash) {
			t.Errorf("%s: got %v", bad, err)
		}
	}
	for _, bad := range []string{"", "$", "$$$$$", valid + "A", valid[:len(valid)-1], valid + "\n", "plain text"} {
		if _, err := parseHash(bad); !errors.Is(err, errHash) {
			t.Errorf("%q: got %v", bad, err)
		}
	}
}

// FuzzParseHash looks for a panic, in reading and in use, and for two texts of one hash.
func FuzzParseHash(f *testing.F) {
	f.Add(newHash(cheap, "secret").String())
	f.Add("$argon2id$v=19$m=64,t=0,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaA")
	f.Fuzz(func(t *testing.T, s string) {
		h, err := parseHash(s)
		if err != nil {
			return
		}
		if h.String() != s {
			t.Errorf("read %q, wrote %q", s, h)
		}
		if h.cost.Memory <= 1024 && h.cost.Time <= 2 {
			h.matches("secret")
		}
	})
}

func TestNobodyCostsAsMuchAsAUser(t *testing.T) {
	t.Parallel()
	p := newPasswords(cheap, 1)
	nobody, err := parseHash(p.nobody)
	if err != nil || nobody.cost != p.cost || nobody.matches("") {
		t.Errorf("got %v, %v", nobody, err)
	}
}

func TestSlotsBoundHowManyEnter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPasswords(cheap, 2)
		var entered atomic.Int64
		for range 3 {
			go func() {
				if p.enter(t.Context()) == nil {
					entered.Add(1)
				}
			}()
		}
		synctest.Wait()
		if entered.Load() != 2 {
			t.Errorf("%d entered", entered.Load())
		}
		p.leave()
		synctest.Wait()
		if entered.Load() != 3 {
			t.Errorf("%d entered", entered.Load())
		}
	})
}
