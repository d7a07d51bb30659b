package account_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/internal/audit"
	"github.com/melissiproject/hive/internal/database/databasetest"
)

// records gives the record as "actor action target outcome details", oldest first.
func (a accounts) records() (lines []string) {
	a.t.Helper()
	list, err := audit.New(a.db).List(a.t.Context(), audit.Query{Limit: 10_000})
	if err != nil {
		a.t.Fatal(err)
	}
	for _, r := range slices.Backward(list) {
		d := map[string]any{}
		if err := json.Unmarshal(r.Details, &d); err != nil {
			a.t.Fatal(err)
		}
		delete(d, "id")
		delete(d, "token")
		raw, _ := json.Marshal(d)
		lines = append(lines, strings.Join([]string{r.Actor, r.Action, r.Target, r.Outcome, string(raw)}, " "))
	}
	return lines
}

func (a accounts) wantRecords(want ...string) {
	a.t.Helper()
	got := a.records()
	if !slices.Equal(got, want) {
		a.t.Errorf("records:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func spread(i int) string { return fmt.Sprintf("2001:db8:%x:%x::1", i>>8, i&255) }

func TestWhatAdminsDoIsRecorded(t *testing.T) {
	each(t, account.Config{Registration: account.ByCode}, func(t *testing.T, a accounts) {
		ctx := audit.By(t.Context(), audit.Origin{User: 1, Name: "root", Address: address})
		_, err := a.Create(ctx, account.NewUser{Name: "bob", Password: password})
		_, err2 := a.Update(ctx, "bob", account.Change{Admin: new(true), Disabled: new(false), Quota: new(int64(5))})
		code, rc, err3 := a.Codes().Make(ctx, 0, 1, nil)
		_, err4 := a.Register(t.Context(), "eve", password, code)
		err5 := a.Codes().Revoke(ctx, rc.ID)
		if err := errors.Join(err, err2, err3, err4, err5, a.SetPassword(ctx, "bob", other, 0), a.Delete(ctx, "eve")); err != nil {
			t.Fatal(err)
		}
		a.wantRecords(
			`root user.create bob ok {"admin":false,"quota":-1}`,
			`root user.update bob ok {"admin":true,"disabled":false,"quota":5}`,
			`root code.create 1 ok {"expires":null,"uses":1}`,
			`eve user.register eve ok {"by_code":true,"quota":-1}`,
			`root code.revoke 1 ok {}`,
			`root password.change bob ok {}`,
			`root user.delete eve ok {}`,
		)
	})
}

func TestWhatFailsIsNotRecorded(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		a.create("root", true)
		before := len(a.records())
		for _, err := range []error{
			a.Delete(t.Context(), "root"), a.Delete(t.Context(), "nobody2"), a.Codes().Revoke(t.Context(), 7), a.Revoke(t.Context(), 1, 7),
			a.RemoveDevice(t.Context(), 1, 7), a.SetPassword(t.Context(), "root", "short", 0),
		} {
			if err == nil {
				t.Error("no error")
			}
		}
		if _, err := a.Create(t.Context(), account.NewUser{Name: "root", Password: password}); err == nil {
			t.Error("a name twice")
		}
		if got := a.records(); len(got) != before {
			t.Errorf("records: %q", got[before:])
		}
	})
}

func TestCredentialsAreRecorded(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		a.create("bob", false)
		who := a.identity(a.login("bob", "laptop"))
		ctx := audit.By(t.Context(), audit.Origin{User: who.User.ID, Name: "bob"})
		secret, token, err := a.CreateToken(ctx, who, account.NewToken{Name: "backup", Scopes: account.Scopes{account.ScopeRead}})
		if err := errors.Join(err, a.Revoke(ctx, who.User.ID, token.ID), a.RemoveDevice(ctx, who.User.ID, who.Device)); err != nil {
			t.Fatal(err)
		}
		session := a.identity(a.login("bob", ""))
		if err := a.Revoke(ctx, who.User.ID, session.Token); err != nil {
			t.Fatal(err)
		}
		a.wantRecords(
			` user.create bob ok {"admin":false,"quota":-1}`,
			`bob session.open bob ok {"device":"laptop"}`,
			`bob token.create backup ok {"expires":null,"scopes":"files:read"}`,
			`bob token.end backup ok {}`,
			`bob device.remove laptop ok {}`,
			`bob session.open bob ok {"device":""}`,
			`bob session.end  ok {}`,
		)
		for _, line := range a.records() {
			if strings.Contains(line, secret) || strings.Contains(line, password) {
				t.Errorf("a secret in %s", line)
			}
		}
	})
}

func TestFailedSignInsAreRecorded(t *testing.T) {
	each(t, account.Config{}, func(t *testing.T, a accounts) {
		a.create("root", true)
		a.create("bob", false)
		if _, err := a.Update(t.Context(), "bob", account.Change{Disabled: new(true)}); err != nil {
			t.Fatal(err)
		}
		before := len(a.records())
		for _, l := range []account.Login{
			{Name: "root", Password: "wrong", Device: "lap\ntop", Address: address},
			{Name: "hunter2-hunter2", Password: "wrong", Address: address}, // nobody has this name: it may be a password
			{Name: "bob", Password: password, Address: address},
		} {
			if _, _, _, err := a.Login(t.Context(), l); err == nil {
				t.Error("no error")
			}
		}
		wantErr(t, a.CheckPassword(t.Context(), "root", "wrong", address), account.ErrWrongPassword)
		got := a.records()[before:]
		want := []string{
			` session.open root failed {"device":"lap top","reason":"wrong name or password"}`,
			` session.open  failed {"reason":"wrong name or password"}`,
			` session.open bob failed {"reason":"disabled"}`,
			` password.check root failed {"reason":"wrong name or password"}`,
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
	})
}

// TestGuessesCannotFillTheDisk: only so many failed sign-ins an hour are recorded; the next record says how many were not.
func TestGuessesCannotFillTheDisk(t *testing.T) {
	t.Parallel()
	a := open(t, databasetest.New(t), account.Config{Argon: cheap})
	for i := range account.MaxRefused + 7 {
		_, _, _, err := a.Login(t.Context(), account.Login{Name: "x", Password: "y", Address: spread(i)})
		if err == nil {
			t.Fatal("no error")
		}
		if i%40 == 0 {
			account.Forgive(a.Accounts)
		}
	}
	if got := len(a.records()); got != account.MaxRefused {
		t.Errorf("%d records", got)
	}
	account.NextHour(a.Accounts)
	_, _, _, _ = a.Login(t.Context(), account.Login{Name: "x", Password: "y", Address: "2001:db8::1"})
	lines := a.records()
	if last := lines[len(lines)-1]; !strings.Contains(last, `"not_recorded_before":7`) {
		t.Errorf("got %s", last)
	}
}
