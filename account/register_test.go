package account_test

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/internal/database"
	"golang.org/x/sync/errgroup"
)

func TestRegisterClosed(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		code, _, err := a.Codes().Make(t.Context(), a.create("root", true).ID, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = a.Register(t.Context(), "alice", password, code)
		wantErr(t, err, account.ErrRegistrationClosed)
	})
}

func TestRegisterOpen(t *testing.T) {
	each(t, account.Config{Registration: account.Open, Quota: 7}, func(t *testing.T, a accounts) {
		user, err := a.Register(t.Context(), "Alice", password, "")
		if err != nil || user.Name != "alice" || user.Admin || user.Quota != 7 {
			t.Errorf("got %+v, %v", user, err)
		}
		_, err = a.Register(t.Context(), "alice", password, "")
		wantErr(t, err, account.ErrNameTaken)
	})
}

func TestRegisterByCode(t *testing.T) {
	each(t, account.Config{Registration: account.ByCode}, func(t *testing.T, a accounts) {
		root := a.create("root", true)
		code, made, err := a.Codes().Make(t.Context(), root.ID, 2, nil)
		if err != nil || made.Left != 2 || made.By != root.ID {
			t.Fatalf("got %+v, %v", made, err)
		}
		_, err = a.Register(t.Context(), "alice", password, "wrong")
		wantErr(t, err, account.ErrCode)
		_, err = a.Register(t.Context(), "root", password, code)
		wantErr(t, err, account.ErrNameTaken) // and the code is not used up by it
		_, err = a.Register(t.Context(), "alice", "short", code)
		wantErr(t, err, account.ErrPassword)
		copied := " " + strings.ToLower(code[:5]+"-"+code[5:10]+" "+code[10:]) + "\n"
		for _, name := range []string{"alice", "bob"} {
			if _, err := a.Register(t.Context(), name, password, copied); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err = a.Register(t.Context(), "carol", password, code)
		wantErr(t, err, account.ErrCode)
		codes, err := a.Codes().List(t.Context())
		if err != nil || len(codes) != 1 || codes[0].Left != 0 || codes[0].Uses != 2 || codes[0].ID != made.ID {
			t.Errorf("got %+v, %v", codes, err)
		}
	})
}

func TestACodeIsNotUsedTooOften(t *testing.T) {
	each(t, account.Config{Registration: account.ByCode, Hashes: 8}, func(t *testing.T, a accounts) {
		code, _, err := a.Codes().Make(t.Context(), a.create("root", true).ID, 3, nil)
		if err != nil {
			t.Fatal(err)
		}
		var registered atomic.Int64
		var group errgroup.Group
		for i := range 12 {
			group.Go(func() error {
				_, err := a.Register(t.Context(), fmt.Sprint("user", i), password, code)
				if err == nil {
					registered.Add(1)
				} else if !errors.Is(err, account.ErrCode) {
					return err
				}
				return nil
			})
		}
		if err := group.Wait(); err != nil || registered.Load() != 3 {
			t.Errorf("%d registered, %v", registered.Load(), err)
		}
	})
}

func TestCodesEnd(t *testing.T) {
	each(t, account.Config{Registration: account.ByCode}, func(t *testing.T, a accounts) {
		root, soon := a.create("root", true), time.Now().Add(time.Hour)
		expired, _, err := a.Codes().Make(t.Context(), root.ID, 1, &soon)
		if err != nil {
			t.Fatal(err)
		}
		a.exec("UPDATE registration_codes SET expires = ?", database.Now())
		revoked, made, err := a.Codes().Make(t.Context(), root.ID, 1, &soon)
		if err != nil || !made.Expires.Equal(soon) {
			t.Fatalf("got %+v, %v", made, err)
		}
		if err := a.Codes().Revoke(t.Context(), made.ID); err != nil {
			t.Fatal(err)
		}
		for _, code := range []string{expired, revoked} {
			_, err := a.Register(t.Context(), "alice", password, code)
			wantErr(t, err, account.ErrCode)
		}
	})
}

func TestNewCodeRefuses(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		past := time.Now().Add(-time.Second)
		for uses, expires := range map[int]*time.Time{0: nil, -1: nil, 10_001: nil, 1: &past} {
			_, _, err := a.Codes().Make(t.Context(), 0, uses, expires)
			wantErr(t, err, account.ErrInvalid)
		}
	})
}

func TestACodeOutlivesItsAdmin(t *testing.T) {
	each(t, account.Config{Registration: account.ByCode}, func(t *testing.T, a accounts) {
		a.create("root", true)
		code, _, err := a.Codes().Make(t.Context(), a.create("second", true).ID, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Delete(t.Context(), "second"); err != nil {
			t.Fatal(err)
		}
		codes, err := a.Codes().List(t.Context())
		if err != nil || len(codes) != 1 || codes[0].By != 0 {
			t.Errorf("got %+v, %v", codes, err)
		}
		if _, err := a.Register(t.Context(), "alice", password, code); err != nil {
			t.Error(err)
		}
	})
}
