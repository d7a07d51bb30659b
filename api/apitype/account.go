package apitype

import "time"

// Login asks for a session by name and password.
type Login struct {
	User     string `json:"user" minLength:"1" maxLength:"256"`
	Password string `json:"password" maxLength:"4096"`
	TOTP     string `json:"totp,omitempty" maxLength:"64" doc:"Code of the second factor, or a recovery code, where the user has one"`
	Device   string `json:"device,omitempty" maxLength:"200" doc:"Name of the device that signs in"`
}

// Session is the answer to Login. Token is absent where a cookie carries it.
type Session struct {
	Token   string     `json:"token,omitempty" doc:"Bearer token"`
	Expires *time.Time `json:"expires,omitempty"`
	User    User       `json:"user"`
}

// Registration asks for a new account, with a code where the hive wants one.
type Registration struct {
	User     string `json:"user" minLength:"1" maxLength:"256"`
	Password string `json:"password" maxLength:"4096"`
	Code     string `json:"code,omitempty" maxLength:"200"`
}

// User is an account. Quota is in bytes; -1 is no limit.
type User struct {
	ID       int64     `json:"id"`
	Name     string    `json:"name"`
	Admin    bool      `json:"admin"`
	Disabled bool      `json:"disabled"`
	Quota    int64     `json:"quota" doc:"Bytes; -1 is no limit"`
	TOTP     bool      `json:"totp" doc:"Signing in needs a code too"`
	Created  time.Time `json:"created"`
}

// NewUser is an account an admin makes. Without a quota the hive's default holds.
type NewUser struct {
	Name     string `json:"name" minLength:"1" maxLength:"256"`
	Password string `json:"password" maxLength:"4096"`
	Admin    bool   `json:"admin,omitempty"`
	Quota    *int64 `json:"quota,omitempty" minimum:"-1"`
}

// UserChange changes what is not nil.
type UserChange struct {
	Admin    *bool  `json:"admin,omitempty"`
	Disabled *bool  `json:"disabled,omitempty"`
	Quota    *int64 `json:"quota,omitempty" minimum:"-1" doc:"Bytes; -1 is no limit"`
}

// PasswordChange is a user's own change of password. Every other session and token ends.
type PasswordChange struct {
	Old string `json:"old" maxLength:"4096"`
	New string `json:"new" maxLength:"4096"`
}

// Password is a password an admin sets.
type Password struct {
	Password string `json:"password" maxLength:"4096"`
}

// Account is what a user sees of themselves.
type Account struct {
	User   User     `json:"user"`
	Usage  Usage    `json:"usage"`
	Scopes []string `json:"scopes" nullable:"false" doc:"What the present token may do"`
}

// Token is a session or a token made by hand; its secret is never shown again.
type Token struct {
	ID       int64      `json:"id"`
	Name     string     `json:"name"`
	Kind     string     `json:"kind" enum:"session,token"`
	Scopes   []string   `json:"scopes" nullable:"false"`
	Device   int64      `json:"device,omitempty"`
	Created  time.Time  `json:"created"`
	Expires  *time.Time `json:"expires,omitempty"`
	LastUsed *time.Time `json:"last_used,omitempty"`
	Address  string     `json:"address,omitempty" doc:"Where it was last used from"`
	Current  bool       `json:"current" doc:"The one this request came with"`
}

// NewToken asks for a token. Without Expires it lives until it is revoked.
type NewToken struct {
	Name    string     `json:"name" minLength:"1" maxLength:"200"`
	Scopes  []string   `json:"scopes" minItems:"1" maxItems:"8" nullable:"false" enum:"files:read,files:write,account,admin"`
	Expires *time.Time `json:"expires,omitempty"`
}

// IssuedToken is a new token with its secret, shown this once.
type IssuedToken struct {
	Secret string `json:"secret"`
	Token  Token  `json:"token"`
}

// Device is a named client of a user.
type Device struct {
	ID       int64     `json:"id"`
	Name     string    `json:"name"`
	Created  time.Time `json:"created"`
	LastSeen time.Time `json:"last_seen"`
}

// RegistrationCode is a permission to register. Left counts the uses that remain.
type RegistrationCode struct {
	ID      int64      `json:"id"`
	Uses    int        `json:"uses"`
	Left    int        `json:"left"`
	Created time.Time  `json:"created"`
	Expires *time.Time `json:"expires,omitempty"`
}

// NewRegistrationCode asks for a code that works Uses times.
type NewRegistrationCode struct {
	Uses    int        `json:"uses" minimum:"1" maximum:"10000"`
	Expires *time.Time `json:"expires,omitempty"`
}

// IssuedCode is a new registration code with its secret, shown this once.
type IssuedCode struct {
	Secret string           `json:"secret"`
	Code   RegistrationCode `json:"code"`
}
