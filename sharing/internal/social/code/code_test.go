package code_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/melissiproject/hive/sharing/internal/post/nettest"
	"github.com/melissiproject/hive/sharing/internal/social/code"
)

var hive = nettest.ID("hive")

func addrs(n int) []string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("/ip4/192.0.2.%d/tcp/4484", i))
	}
	return list
}

func TestParseReadsWhatStringWrites(t *testing.T) {
	for n := range code.MaxAddrs + 1 {
		want := code.New(hive, addrs(n))
		if len(want.Addrs) != n {
			t.Fatalf("%d addresses, want %d", len(want.Addrs), n)
		}
		text := want.String()
		for _, form := range []string{text, strings.ToUpper(text), " " + text[:20] + "\r\n> "[:2] + text[20:] + "\n", strings.Join(strings.Split(text, ""), " ")} {
			got, err := code.Parse(form)
			if err != nil {
				t.Fatalf("Parse(%q) = %v", form, err)
			}
			if got.String() != text || got.Hive != hive || got.Secret != want.Secret || len(got.Addrs) != n {
				t.Errorf("Parse(%q) = %+v, want %+v", form, got, want)
			}
		}
	}
}

func TestNewLeavesOutWhatDoesNotFit(t *testing.T) {
	list := append([]string{
		"nonsense", "/ip4/192.0.2.1/tcp/1/p2p/" + nettest.ID("other").String(),
		"/dns4/" + strings.Repeat("a.", 150) + "org/tcp/1", "/p2p/" + hive.String(),
		"/ip4/192.0.2.200/tcp/1/p2p/" + hive.String(),
	}, addrs(20)...)
	c := code.New(hive, list)
	if len(c.Addrs) != code.MaxAddrs || c.Addrs[0].String() != "/ip4/192.0.2.200/tcp/1" {
		t.Errorf("addresses = %v", c.Addrs)
	}
	if _, err := code.Parse(c.String()); err != nil {
		t.Error(err)
	}
}

func TestSecretsDiffer(t *testing.T) {
	a, b := code.New(hive, nil), code.New(hive, nil)
	if a.Secret == b.Secret || string(a.Hash()) == string(b.Hash()) || string(a.Hash()) != string(code.Hash(a.Secret[:])) {
		t.Error("two invitations are the same")
	}
}

func TestParseRefuses(t *testing.T) {
	good := code.New(hive, addrs(2)).String()
	tests := map[string]string{
		"nothing": "", "prefix only": "hive1", "other version": "hive2" + good[5:], "no prefix": good[5:],
		"cut off": good[:len(good)-1], "longer": good + "a", "other characters": good[:len(good)-1] + "1",
		"huge": strings.Repeat("hive1aaaa", 10_000), "newline in the middle of nothing": "hive1\n\n", "with padding": good + "===",
	}
	for name, text := range tests {
		if _, err := code.Parse(text); !errors.Is(err, code.ErrCode) {
			t.Errorf("%s: Parse = %v, want ErrCode", name, err)
		}
	}
	// A slip of one character anywhere is noticed.
	for i := range good {
		slip := []byte(good)
		slip[i] = map[bool]byte{true: 'b', false: 'a'}[slip[i] == 'a']
		if _, err := code.Parse(string(slip)); err == nil {
			t.Errorf("a slip at %d is not noticed", i)
		}
	}
}

func FuzzParse(f *testing.F) {
	for n := range 3 {
		f.Add(code.New(hive, addrs(n)).String())
	}
	f.Add("hive1")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := code.Parse(text)
		if err != nil {
			return
		}
		again, err := code.Parse(c.String())
		if err != nil || again.String() != c.String() || c.Hive.Validate() != nil || len(c.Addrs) > code.MaxAddrs {
			t.Errorf("Parse(%q) = %+v; again %+v, %v", text, c, again, err)
		}
	})
}

// FuzzDecode gives the decoder what has a right checksum.
func FuzzDecode(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{1, 0, 255})
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := code.Parse(code.Seal(data))
		if err == nil && c.String() != code.Seal(data) {
			t.Errorf("Parse of %x = %+v", data, c)
		}
	})
}
