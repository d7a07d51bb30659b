package account

import (
	"context"

	"github.com/melissiproject/hive/account/internal/throttle"
)

// Passwords are those of things that are no users, such as links. They are hashed like those of users, with them in how many
// are hashed at once and how many an address may try.
type Passwords struct{ passwords *passwords }

// PasswordsOf gives the passwords that go with those of a.
func PasswordsOf(a *Accounts) Passwords { return Passwords{a.passwords} }

// Hash is what to keep of a new password: ErrPassword.
func (p Passwords) Hash(ctx context.Context, password string) (string, error) {
	return p.passwords.hash(ctx, password)
}

// Check compares a password with what was kept: ErrWrongPassword, *TooManyAttempts. Thing names what it is of, address is where
// the attempt comes from. Many failures from many addresses make the others wait for seconds only.
func (p Passwords) Check(ctx context.Context, kept, password, thing, address string) error {
	return p.passwords.check(ctx, kept, password, throttle.OfThing(thing, address))
}

// Network is who is taken for one client: an IPv4 address, or the /64 that one IPv6 customer has at least.
func Network(address string) string { return throttle.Network(address) }
