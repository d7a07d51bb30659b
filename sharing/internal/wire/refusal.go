package wire

import "fmt"

// Code says why a hive refuses a request. Codes are part of the protocol.
type Code string

// Codes of refusals.
const (
	Unknown   Code = "unknown"   // not there, or not for you: the two are never told apart
	Busy      Code = "busy"      // try again later
	Malformed Code = "malformed" // the request makes no sense
	Stale     Code = "stale"     // about a state that is no more
	NotHeld   Code = "not_held"  // known, but the content is elsewhere
	Version   Code = "version"   // no version of the protocol in common
	Failed    Code = "failed"    // the hive could not; its log says why
	Refused   Code = "refused"   // somebody said no
	NoRoom    Code = "no_room"   // a quota is used up
)

// Refusal is a request refused, as it crosses the wire and as an error on both sides.
type Refusal struct {
	Code Code   `cbor:"code"`
	Text string `cbor:"text,omitempty"` // for people
}

// Error is the code and the text, the beginnings of what is long: another hive may have said it.
func (r *Refusal) Error() string {
	if r.Text == "" {
		return fmt.Sprintf("hive refuses: %.32s", r.Code)
	}
	return fmt.Sprintf("hive refuses: %.32s: %.200s", r.Code, r.Text)
}

// Is lets errors.Is compare by code: errors.Is(err, &wire.Refusal{Code: wire.Unknown}).
func (r *Refusal) Is(target error) bool {
	t, ok := target.(*Refusal)
	return ok && t.Code == r.Code
}
