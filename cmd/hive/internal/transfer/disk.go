package transfer

import (
	"errors"
	"syscall"
)

// outOfSpace tells whether the local disk or quota is full.
func outOfSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
