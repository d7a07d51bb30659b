package people

import (
	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/catalog"
)

func userJSON(u account.User) apitype.User {
	return apitype.User{ID: u.ID, Name: u.Name, Admin: u.Admin, Disabled: u.Disabled, Quota: u.Quota, TOTP: u.TOTP, Created: u.Created.UTC()}
}

func scopesJSON(scopes account.Scopes) []string {
	out := make([]string, 0, len(scopes))
	for _, scope := range scopes {
		out = append(out, string(scope))
	}
	return out
}

func scopesOf(names []string) account.Scopes {
	out := make(account.Scopes, len(names))
	for i, name := range names {
		out[i] = account.Scope(name)
	}
	return out
}

// tokenJSON marks the token that the request came with.
func tokenJSON(t account.Token, current int64) apitype.Token {
	kind := "token"
	if t.Session {
		kind = "session"
	}
	return apitype.Token{
		ID: t.ID, Name: t.Name, Kind: kind, Scopes: scopesJSON(t.Scopes), Device: t.Device,
		Created: t.Created, Expires: t.Expires, LastUsed: t.LastUsed, Address: t.Address, Current: t.ID == current,
	}
}

func deviceJSON(d account.Device) apitype.Device {
	return apitype.Device{ID: d.ID, Name: d.Name, Created: d.Created, LastSeen: d.LastSeen}
}

func codeJSON(c account.RegistrationCode) apitype.RegistrationCode {
	return apitype.RegistrationCode{ID: c.ID, Uses: c.Uses, Left: c.Left, Created: c.Created, Expires: c.Expires}
}

func usageJSON(u catalog.Usage) apitype.Usage {
	return apitype.Usage{Used: u.Used, Files: u.Files, Folders: u.Folders}
}
