package apitype

// Problem is the body of every error answer: RFC 9457 application/problem+json with a stable code.
type Problem struct {
	Type      string       `json:"type" example:"about:blank" doc:"Always about:blank: the code is what to test"`
	Title     string       `json:"title" example:"Not Found"`
	Status    int          `json:"status" example:"404"`
	Detail    string       `json:"detail,omitempty" doc:"For people; may change"`
	Code      string       `json:"code" example:"not_found" doc:"Stable name of the error"`
	RequestID string       `json:"request_id,omitempty" doc:"Names the request in the log of the hive"`
	Errors    []FieldError `json:"errors,omitempty" doc:"What is wrong with the request, by place"`
}

// FieldError is one fault of a request.
type FieldError struct {
	Location string `json:"location,omitempty" example:"body.user"`
	Message  string `json:"message"`
}

// Codes of Problem. They are stable: scripts may rely on them.
const (
	CodeAbsent               = "absent"
	CodeAccountDisabled      = "account_disabled"
	CodeAlreadyShared        = "already_shared"
	CodeAdminOnly            = "admin_only"
	CodeBodyStalled          = "body_stalled"
	CodeBodyTooLarge         = "body_too_large"
	CodeBodyTruncated        = "body_truncated"
	CodeCaseCollision        = "case_collision"
	CodeChunksLacking        = "chunks_lacking"
	CodeCorrupt              = "corrupt"
	CodeCrossOrigin          = "cross_origin"
	CodeDigestMismatch       = "digest_mismatch"
	CodeDiskReserve          = "disk_reserve"
	CodeExists               = "exists"
	CodeHiveBlocked          = "hive_blocked"
	CodeHiveUnreachable      = "hive_unreachable"
	CodeInternal             = "internal"
	CodeIntoItself           = "into_itself"
	CodeInvalid              = "invalid"
	CodeInvalidCAR           = "invalid_car"
	CodeInvalidChunks        = "invalid_chunks"
	CodeInvalidCode          = "invalid_code"
	CodeInvalidCursor        = "invalid_cursor"
	CodeInvalidDelta         = "invalid_delta"
	CodeInvalidPath          = "invalid_path"
	CodeInvalidInvitation    = "invalid_invitation"
	CodeIsFolder             = "is_folder"
	CodeLastAdmin            = "last_admin"
	CodeMalformedJSON        = "malformed_json"
	CodeMethodNotAllowed     = "method_not_allowed"
	CodeMounted              = "mounted"
	CodeNameTaken            = "name_taken"
	CodeNameTooLong          = "name_too_long"
	CodeNoNetwork            = "no_network"
	CodeNoRoute              = "no_route"
	CodeNoThumbnail          = "no_thumbnail"
	CodeNotAcceptable        = "not_acceptable"
	CodeNotAllowed           = "not_allowed"
	CodeNotFolder            = "not_folder"
	CodeNotFound             = "not_found"
	CodeNothingHeld          = "nothing_held"
	CodeNotProposed          = "not_proposed"
	CodeNotReady             = "not_ready"
	CodeOffsetMismatch       = "offset_mismatch"
	CodePasswordRequired     = "password_required"
	CodePreconditionFailed   = "precondition_failed"
	CodePreconditionRequired = "precondition_required"
	CodeQuotaExceeded        = "quota_exceeded"
	CodeRangeNotSatisfiable  = "range_not_satisfiable"
	CodeReadOnly             = "read_only"
	CodeRegistrationClosed   = "registration_closed"
	CodeScopeMissing         = "scope_missing"
	CodeStopping             = "stopping"
	CodeTokenExpired         = "token_expired"
	CodeTokenInvalid         = "token_invalid"
	CodeTooLarge             = "too_large"
	CodeTOTPInvalid          = "totp_invalid"
	CodeTOTPRequired         = "totp_required"
	CodeTooManyAttempts      = "too_many_attempts"
	CodeTooManyRequests      = "too_many_requests"
	CodeTooManyUploads       = "too_many_uploads"
	CodeTusVersion           = "tus_version"
	CodeUnsupportedMedia     = "unsupported_media_type"
	CodeUploadBusy           = "upload_busy"
	CodeWrongPassword        = "wrong_password"
)
