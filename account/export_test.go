package account

import (
	"time"

	"github.com/melissiproject/hive/account/internal/throttle"
)

// MaxRefused is how many failed sign-ins are recorded in an hour.
const MaxRefused = maxRefused

// Forgive forgets failed attempts.
func Forgive(a *Accounts) { a.passwords.throttle = throttle.New() }

// NextHour has the present hour of failed sign-ins be over.
func NextHour(a *Accounts) { a.refused.hour = time.Time{} }
