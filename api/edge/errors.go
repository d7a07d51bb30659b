package edge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"syscall"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/blockstore"
	"github.com/melissiproject/hive/blockstore/car"
	"github.com/melissiproject/hive/catalog"
	"github.com/melissiproject/hive/catalog/parts"
	"github.com/melissiproject/hive/catalog/thumbnail"
	"github.com/melissiproject/hive/delta"
	"github.com/melissiproject/hive/internal/settings"
	"github.com/melissiproject/hive/internal/statistics"
	"github.com/melissiproject/hive/sharing"
	"github.com/melissiproject/hive/sharing/link"
)

// Errors of handlers that have no better place.
var (
	ErrMediaType = errors.New("edge: unsupported media type or encoding")
	ErrNotReady  = errors.New("edge: not ready")
	ErrRange     = errors.New("edge: range not satisfiable")

	ErrContentTooLarge = errors.New("edge: content too large")
	ErrDigest          = errors.New("edge: content does not match its digest")
	ErrUnconditional   = errors.New("edge: request without If-Match")
	ErrTusVersion      = errors.New("edge: unknown version of tus")

	ErrBlocked     = errors.New("edge: hive is blocked")
	ErrNoNetwork   = errors.New("edge: not on the network of hives")
	ErrSelf        = errors.New("edge: that is this hive")
	ErrUnreachable = errors.New("edge: hive cannot be reached")
)

var (
	errAdminOnly     = errors.New("edge: for admins only")
	errCrossOrigin   = errors.New("edge: request of another site")
	errMalformedJSON = errors.New("edge: malformed JSON")
	errNoMethod      = errors.New("edge: method not allowed")
	errNoRoute       = errors.New("edge: no such route")
	errNotAcceptable = errors.New("edge: not acceptable")
	errStopping      = errors.New("edge: server is stopping")
	errTooLarge      = errors.New("edge: request body too large")
)

// row is a line of the table of errors.
type row struct {
	err    error
	status int
	code   string
	detail string
}

// statusGone stands in the log for a client that did not wait for its answer.
const statusGone = 499

// statusChecksum is what tus says of a wrong checksum.
const statusChecksum = 460

// table is where every error gets its status and code. The first row that errors.Is finds wins.
var table = []row{
	{account.ErrWrongPassword, 401, apitype.CodeWrongPassword, "Wrong user name or password."},
	{account.ErrTOTPRequired, 401, apitype.CodeTOTPRequired, "Signing in needs a code of the second factor too."},
	{account.ErrTOTP, 401, apitype.CodeTOTPInvalid, "The code is wrong, too old, or was used before."},
	{account.ErrTokenInvalid, 401, apitype.CodeTokenInvalid, "A valid bearer token or session is needed."},
	{account.ErrTokenExpired, 401, apitype.CodeTokenExpired, "The token has expired."},
	{account.ErrDisabled, 403, apitype.CodeAccountDisabled, "The account is disabled."},
	{account.ErrScope, 403, apitype.CodeScopeMissing, "The token lacks the scope for this."},
	{errAdminOnly, 403, apitype.CodeAdminOnly, "Only an admin may do this."},
	{errCrossOrigin, 403, apitype.CodeCrossOrigin, "The request comes from another site."},
	{account.ErrTooManyAttempts, 429, apitype.CodeTooManyAttempts, "Too many failed attempts. Retry-After says when to try again."},
	{account.ErrRegistrationClosed, 403, apitype.CodeRegistrationClosed, "Registration is closed."},
	{account.ErrCode, 403, apitype.CodeInvalidCode, "The code is not valid."},
	{account.ErrNotFound, 404, apitype.CodeNotFound, "There is no such thing."},
	{account.ErrExists, 409, apitype.CodeExists, "It is there already."},
	{account.ErrNameTaken, 409, apitype.CodeNameTaken, "The user name is taken."},
	{account.ErrInvalid, 422, apitype.CodeInvalid, "A value is not valid: a name, a number out of its bounds, or a time that is past."},
	{account.ErrName, 422, apitype.CodeInvalid, "A user name has 1 to 64 of a-z, 0-9, '.', '_' and '-', and starts with a letter or digit."},
	{account.ErrPassword, 422, apitype.CodeInvalid, "A password has at least 10 characters and at most 1,024 bytes."},
	{account.ErrLastAdmin, 409, apitype.CodeLastAdmin, "The last enabled admin cannot be removed, disabled or demoted."},

	{statistics.ErrInvalid, 422, apitype.CodeInvalid, "The statistics that are asked for make no sense."},
	{settings.ErrInvalid, 422, apitype.CodeInvalid, "A setting is not valid."},

	{catalog.ErrNotFound, 404, apitype.CodeNotFound, "There is nothing at this path or number."},
	{catalog.ErrExists, 409, apitype.CodeExists, "There is an entry already."},
	{catalog.ErrNotFolder, 409, apitype.CodeNotFolder, "It is not a folder."},
	{catalog.ErrIsFolder, 409, apitype.CodeIsFolder, "It is a folder."},
	{catalog.ErrIntoItself, 409, apitype.CodeIntoItself, "A folder cannot go into itself."},
	{catalog.ErrCaseCollision, 409, apitype.CodeCaseCollision, "There is an entry whose name differs only in upper and lower case."},
	{catalog.ErrNameTooLong, 400, apitype.CodeNameTooLong, "A name has at most 255 bytes."},
	{catalog.ErrPath, 400, apitype.CodeInvalidPath, "The path is not valid."},
	{catalog.ErrCursor, 400, apitype.CodeInvalidCursor, "The cursor is not one that this list gave."},
	{catalog.ErrPrecondition, 412, apitype.CodePreconditionFailed, "The entry is not in the state the request asks for."},
	{catalog.ErrQuota, 507, apitype.CodeQuotaExceeded, "The quota is used up. Old revisions and the trash count."},
	{catalog.ErrReadOnly, 403, apitype.CodeReadOnly, "You may only read this share."},
	{catalog.ErrMounted, 409, apitype.CodeMounted, "This cannot be done with, or across the border of, a share that is mounted."},
	{catalog.ErrAbsent, 503, apitype.CodeAbsent, "The content is on another hive, and did not come."},
	{catalog.ErrRevision, 404, apitype.CodeNotFound, "There is no such revision that this can be done with."},

	{sharing.ErrNotFound, 404, apitype.CodeNotFound, "There is no such thing."},
	{sharing.ErrShared, 409, apitype.CodeAlreadyShared, "That user has the folder already."},
	{sharing.ErrExists, 409, apitype.CodeExists, "It exists already."},
	{sharing.ErrInvalid, 422, apitype.CodeInvalid, "A value is not valid."},
	{sharing.ErrNotAllowed, 403, apitype.CodeNotAllowed, "You may not do this with the share."},
	{sharing.ErrInvitation, 403, apitype.CodeInvalidInvitation, "The invitation is not known to the hive it is from: it was used, has expired, or the code is not whole."},
	{sharing.ErrNothingHeld, 409, apitype.CodeNothingHeld, "No deletes of the share wait for a yes."},
	{sharing.ErrNotProposed, 409, apitype.CodeNotProposed, "What waits is not proposed by a member of a share of yours. Bring back what was deleted, or leave the share."},
	{sharing.ErrUnreachable, 502, apitype.CodeHiveUnreachable, "The other hive cannot be reached."},

	{link.ErrNotFound, 404, apitype.CodeNotFound, "There is no such link, or no more."},
	{link.ErrInvalid, 422, apitype.CodeInvalid, "A link is for download or upload, ends at a time to come, and can be used a number of times."},
	{link.ErrPassword, 401, apitype.CodePasswordRequired, "The link has a password, which was not given."},
	{link.ErrMode, 403, apitype.CodeNotAllowed, "The link is not for this."},
	{link.ErrTooFast, 429, apitype.CodeTooManyRequests, "Too many requests. Retry-After says when to go on."},

	{thumbnail.ErrNone, 404, apitype.CodeNoThumbnail, "There is no small picture of this to be had."},

	{ErrBlocked, 403, apitype.CodeHiveBlocked, "That hive is blocked here."},
	{ErrNoNetwork, 409, apitype.CodeNoNetwork, "This hive takes no part in the network of hives: its owner set p2p.enabled to false."},
	{ErrSelf, 422, apitype.CodeInvalid, "That is this hive itself."},
	{ErrUnreachable, 502, apitype.CodeHiveUnreachable, "The other hive cannot be reached."},

	{errStalled, 408, apitype.CodeBodyStalled, "The request body did not arrive in time."},
	{errBody, 400, apitype.CodeBodyTruncated, "The request body ended too early or is broken."},
	{car.ErrFormat, 400, apitype.CodeInvalidCAR, "The request body is not a CAR with whole UnixFS content."},
	{io.ErrUnexpectedEOF, 400, apitype.CodeBodyTruncated, "The request body ended too early."},
	{delta.ErrFormat, 400, apitype.CodeInvalidDelta, "It is not a sound librsync signature or delta."},
	{delta.ErrRange, 400, apitype.CodeInvalidDelta, "The delta copies what the file does not have."},
	{delta.ErrLimit, 413, apitype.CodeTooLarge, "It is larger than agreed."},
	{ErrContentTooLarge, 413, apitype.CodeTooLarge, "It is larger than a chunk can be."},
	{ErrDigest, 422, apitype.CodeDigestMismatch, "The content does not have the digest that was announced."},
	{ErrUnconditional, 428, apitype.CodePreconditionRequired, "A delta needs If-Match with the ETag of the file that it is from."},
	{ErrTusVersion, 412, apitype.CodeTusVersion, "Uploads speak version 1.0.0 of tus, which the header Tus-Resumable has to say."},
	{parts.ErrOffset, 409, apitype.CodeOffsetMismatch, "The upload does not stand where the part begins."},
	{parts.ErrBusy, 423, apitype.CodeUploadBusy, "Another request works on the upload."},
	{parts.ErrLonger, 413, apitype.CodeTooLarge, "More comes than was announced."},
	{parts.ErrMany, 409, apitype.CodeTooManyUploads, "There are too many unfinished uploads: end some of them."},
	{parts.ErrSum, 460, apitype.CodeDigestMismatch, "The content does not have the checksum that was announced."},
	{catalog.ErrList, 422, apitype.CodeInvalidChunks, "The pieces make no file."},
	{catalog.ErrLacking, 409, apitype.CodeChunksLacking, "A chunk was not sent, or too long ago."},
	{blockstore.ErrNoSpace, 507, apitype.CodeDiskReserve, "The disk is full up to its reserve."},
	{syscall.ENOSPC, 507, apitype.CodeDiskReserve, "The disk is full."},
	{blockstore.ErrCorrupt, 500, apitype.CodeCorrupt, "The content is damaged. Its owner should run hive fsck."},

	{errMalformedJSON, 400, apitype.CodeMalformedJSON, "The request body is not valid JSON."},
	{errTooLarge, 413, apitype.CodeBodyTooLarge, "A JSON request body has at most 1 MiB, and 16 KiB where no token is needed."},
	{ErrMediaType, 415, apitype.CodeUnsupportedMedia, "The type or encoding of the request body is not supported."},
	{errNotAcceptable, 406, apitype.CodeNotAcceptable, "The answer is JSON."},
	{errNoMethod, 405, apitype.CodeMethodNotAllowed, "This route does not have the method."},
	{errNoRoute, 404, apitype.CodeNoRoute, "There is no such route."},
	{ErrRange, 416, apitype.CodeRangeNotSatisfiable, "The range is outside of the content."},
	{ErrNotReady, 503, apitype.CodeNotReady, "The hive cannot serve requests yet, or no longer."},
	{errStopping, 503, apitype.CodeStopping, "The hive is stopping."},
	{errGone, statusGone, apitype.CodeStopping, "The client went away."},
	{context.Canceled, statusGone, apitype.CodeStopping, "The client went away."},
}

// Rows that are not found by errors.Is.
var (
	rowInvalid  = row{nil, 422, apitype.CodeInvalid, "The request is not valid: errors says where."}
	rowInternal = row{nil, 500, apitype.CodeInternal, "The hive failed. Its log says more under this request id."}
)

// reason is an error that says more than its row, in words that are meant for the client.
type reason struct {
	error
	text string
}

func (r *reason) Unwrap() error { return r.error }

// Because adds to the answer for err why it is so. Text is for people, and ends without a full stop.
func Because(err error, text string) error {
	if err == nil || text == "" {
		return err
	}
	return &reason{err, text}
}

// maxReason bounds what an error says to a client, in bytes.
const maxReason = 400

// Words is what an error says, on one line and without the name of the package that found it.
func Words(err error) string {
	text := strings.Join(strings.Fields(err.Error()), " ")
	for _, pkg := range []string{"sharing: ", "catalog: ", "blockstore: ", "link: ", "p2p: ", "settings: ", "statistics: "} {
		text = strings.TrimPrefix(text, pkg)
	}
	return strings.ToValidUTF8(text[:min(len(text), maxReason)], "")
}

// Explained adds to err what it says beyond the first of those sentinels that it is. It is for errors whose texts are made
// for people.
func Explained(err error, sentinels ...error) error {
	for _, known := range sentinels {
		if !errors.Is(err, known) {
			continue
		}
		_, text, _ := strings.Cut(err.Error(), known.Error()+": ")
		return Because(err, Words(errors.New(text)))
	}
	return err
}

// Code is the code that err has for clients, or nothing where it tells them nothing.
func Code(err error) string {
	if line := lookup(err); line.code != apitype.CodeInternal && line.status != statusGone {
		return line.code
	}
	return ""
}

// lookup finds the row of err.
func lookup(err error) row {
	for _, r := range table {
		if errors.Is(err, r.err) {
			return r
		}
	}
	if _, ok := errors.AsType[*fieldError](err); ok {
		return rowInvalid
	}
	return rowInternal
}

// errorsMarkdown is the table of errors for people.
func errorsMarkdown() string {
	var out strings.Builder
	out.WriteString("| code | status | detail |\n|---|---|---|\n")
	for _, r := range append(slices.Clone(table), rowInvalid, rowInternal) {
		if r.status != statusGone {
			fmt.Fprintf(&out, "| %s | %d | %s |\n", r.code, r.status, r.detail)
		}
	}
	return out.String()
}
