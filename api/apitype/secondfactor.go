package apitype

import "time"

// TOTP is how the second factor of a user stands.
type TOTP struct {
	On                bool       `json:"on" doc:"Signing in needs a code"`
	Since             *time.Time `json:"since,omitempty"`
	RecoveryCodesLeft int        `json:"recovery_codes_left"`
}

// TOTPSecret is what an app makes codes of, as text and for a QR code. It is shown this once.
type TOTPSecret struct {
	Secret string `json:"secret" doc:"Base32"`
	URI    string `json:"uri" doc:"otpauth:// for a QR code"`
}

// TOTPCode is what the app shows.
type TOTPCode struct {
	Code string `json:"code" minLength:"6" maxLength:"64"`
}

// EndTOTP turns the second factor off: by both.
type EndTOTP struct {
	Password string `json:"password" maxLength:"4096"`
	Code     string `json:"code" maxLength:"64" doc:"Of the app, or a recovery code"`
}

// RecoveryCodes are for who lost the app: each counts once. They are shown this once.
type RecoveryCodes struct {
	RecoveryCodes []string `json:"recovery_codes" nullable:"false"`
}

// AppPassword is a password of the hive's making for one program, which sends it by HTTP Basic.
type AppPassword struct {
	ID       int64      `json:"id"`
	Name     string     `json:"name"`
	Scopes   []string   `json:"scopes" nullable:"false"`
	Created  time.Time  `json:"created"`
	Expires  *time.Time `json:"expires,omitempty"`
	LastUsed *time.Time `json:"last_used,omitempty"`
	Address  string     `json:"address,omitempty" doc:"Where it was last used from"`
}

// NewAppPassword asks for an app password. Without scopes it may read and write files.
type NewAppPassword struct {
	Name    string     `json:"name" minLength:"1" maxLength:"200"`
	Scopes  []string   `json:"scopes,omitempty" maxItems:"2" enum:"files:read,files:write"`
	Expires *time.Time `json:"expires,omitempty"`
}

// IssuedAppPassword is a new app password with what to type, shown this once.
type IssuedAppPassword struct {
	AppPassword
	Password string `json:"password"`
}

// ResetCode is a code by which a user sets a new password, once. It is shown this once.
type ResetCode struct {
	Code    string    `json:"code"`
	Expires time.Time `json:"expires"`
}

// Reset sets a new password by a code.
type Reset struct {
	User     string `json:"user" minLength:"1" maxLength:"256"`
	Code     string `json:"code" maxLength:"64"`
	Password string `json:"password" maxLength:"4096"`
}
