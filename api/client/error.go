package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/melissiproject/hive/api/apitype"
)

// Errors of a hive by their code, for errors.Is. A code without a sentinel is in Error.Code.
var (
	ErrAlreadyShared      = errors.New("client: that user has the folder already")
	ErrAbsent             = errors.New("client: the content is on another hive")
	ErrAdminOnly          = errors.New("client: only an admin may do this")
	ErrBodyTruncated      = errors.New("client: body shorter than announced")
	ErrCaseCollision      = errors.New("client: a name differing only in case exists")
	ErrDisabled           = errors.New("client: account is disabled")
	ErrDiskReserve        = errors.New("client: the hive's disk is full")
	ErrExists             = errors.New("client: entry exists")
	ErrHiveBlocked        = errors.New("client: that hive is blocked")
	ErrHiveUnreachable    = errors.New("client: the other hive cannot be reached")
	ErrIntoItself         = errors.New("client: folder cannot go into itself")
	ErrInvalid            = errors.New("client: request is invalid")
	ErrInvalidCode        = errors.New("client: registration code is not valid")
	ErrInvalidInvitation  = errors.New("client: invitation is not valid")
	ErrInvalidPath        = errors.New("client: path is not valid")
	ErrIsFolder           = errors.New("client: entry is a folder")
	ErrLastAdmin          = errors.New("client: the last admin must stay")
	ErrMounted            = errors.New("client: not possible with a mounted share")
	ErrNameTaken          = errors.New("client: user name is taken")
	ErrNoNetwork          = errors.New("client: the hive is not on the network of hives")
	ErrNoHive             = errors.New("client: this was not answered by a hive")
	ErrNotAllowed         = errors.New("client: not allowed")
	ErrNotFolder          = errors.New("client: entry is not a folder")
	ErrNothingHeld        = errors.New("client: no deletes of the share wait for a yes")
	ErrNotProposed        = errors.New("client: what waits is not proposed by a member")
	ErrNotFound           = errors.New("client: not found")
	ErrPrecondition       = errors.New("client: entry has changed meanwhile")
	ErrQuota              = errors.New("client: quota is used up")
	ErrReadOnly           = errors.New("client: the share may only be read")
	ErrRegistrationClosed = errors.New("client: registration is closed")
	ErrCursor             = errors.New("client: the place to go on from is none of this hive")
	ErrScope              = errors.New("client: token lacks the scope")
	ErrTokenExpired       = errors.New("client: token has expired")
	ErrTokenInvalid       = errors.New("client: token is not valid")
	ErrTOTPInvalid        = errors.New("client: wrong code of the second factor")
	ErrTOTPRequired       = errors.New("client: a code of the second factor is needed")
	ErrTooManyAttempts    = errors.New("client: too many attempts")
	ErrWrongPassword      = errors.New("client: wrong user or password")
)

// sentinels has the codes that errors.Is understands.
var sentinels = map[string]error{
	apitype.CodeAbsent:             ErrAbsent,
	apitype.CodeAlreadyShared:      ErrAlreadyShared,
	apitype.CodeAdminOnly:          ErrAdminOnly,
	apitype.CodeBodyTruncated:      ErrBodyTruncated,
	apitype.CodeCaseCollision:      ErrCaseCollision,
	apitype.CodeAccountDisabled:    ErrDisabled,
	apitype.CodeDiskReserve:        ErrDiskReserve,
	apitype.CodeExists:             ErrExists,
	apitype.CodeHiveBlocked:        ErrHiveBlocked,
	apitype.CodeHiveUnreachable:    ErrHiveUnreachable,
	apitype.CodeIntoItself:         ErrIntoItself,
	apitype.CodeInvalid:            ErrInvalid,
	apitype.CodeInvalidCode:        ErrInvalidCode,
	apitype.CodeInvalidCursor:      ErrCursor,
	apitype.CodeInvalidInvitation:  ErrInvalidInvitation,
	apitype.CodeInvalidPath:        ErrInvalidPath,
	apitype.CodeNameTooLong:        ErrInvalidPath,
	apitype.CodeIsFolder:           ErrIsFolder,
	apitype.CodeLastAdmin:          ErrLastAdmin,
	apitype.CodeMounted:            ErrMounted,
	apitype.CodeNameTaken:          ErrNameTaken,
	apitype.CodeNoNetwork:          ErrNoNetwork,
	apitype.CodeNotAllowed:         ErrNotAllowed,
	apitype.CodeNotFolder:          ErrNotFolder,
	apitype.CodeNotFound:           ErrNotFound,
	apitype.CodeNothingHeld:        ErrNothingHeld,
	apitype.CodeNotProposed:        ErrNotProposed,
	apitype.CodeNoThumbnail:        ErrNotFound,
	apitype.CodePreconditionFailed: ErrPrecondition,
	apitype.CodeQuotaExceeded:      ErrQuota,
	apitype.CodeReadOnly:           ErrReadOnly,
	apitype.CodeRegistrationClosed: ErrRegistrationClosed,
	apitype.CodeScopeMissing:       ErrScope,
	apitype.CodeTokenExpired:       ErrTokenExpired,
	apitype.CodeTokenInvalid:       ErrTokenInvalid,
	apitype.CodeTOTPInvalid:        ErrTOTPInvalid,
	apitype.CodeTOTPRequired:       ErrTOTPRequired,
	apitype.CodeTooManyAttempts:    ErrTooManyAttempts,
	apitype.CodeWrongPassword:      ErrWrongPassword,
}

// Error is an error answer of a hive. Code is empty where something other than a hive answered.
type Error struct {
	Status     int
	Code       string
	Title      string
	Detail     string
	RequestID  string
	RetryAfter time.Duration // when the hive says when to come back
	Errors     []apitype.FieldError
}

// Error gives the detail, or the title where there is none.
func (e *Error) Error() string {
	text := e.Detail
	if text == "" {
		text = e.Title
	}
	if text == "" {
		text = http.StatusText(e.Status)
	}
	for _, fault := range e.Errors {
		text += fmt.Sprintf("; %s: %s", fault.Location, fault.Message)
	}
	return text
}

// Is reports whether target is the sentinel of e's code.
func (e *Error) Is(target error) bool {
	return e.Code != "" && sentinels[e.Code] == target
}

// maxProblem bounds how much of an error answer is read.
const maxProblem = 64 << 10

// readError turns an answer that is not a success into an *Error and closes it.
func readError(resp *http.Response) error {
	defer resp.Body.Close()
	e := &Error{Status: resp.StatusCode, RequestID: resp.Header.Get("X-Request-Id")}
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if kind != "application/problem+json" {
		return e
	}
	var p apitype.Problem
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxProblem)).Decode(&p); err != nil {
		return e
	}
	e.Code, e.Title, e.Detail, e.Errors = p.Code, p.Title, p.Detail, p.Errors
	return e
}
