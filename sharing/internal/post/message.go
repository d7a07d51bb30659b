package post

import (
	"fmt"

	"github.com/melissiproject/hive/sharing/internal/wire"
)

// greeting is the first frame of a stream, by the hive that was called: whether it listens.
type greeting struct {
	Code wire.Code `cbor:"code,omitempty"` // none: it does
	Text string    `cbor:"text,omitempty"`
}

// envelope is a message as it travels.
type envelope struct {
	ID   []byte   `cbor:"id"`
	Kind string   `cbor:"kind"`
	Body wire.Raw `cbor:"body"`
}

// receipt answers an envelope.
type receipt struct {
	ID   []byte    `cbor:"id"`
	Code wire.Code `cbor:"code,omitempty"` // none: taken
	Text string    `cbor:"text,omitempty"`
}

// Limits of the small frames.
const (
	maxAnswer = 1 << 10 // bytes of a greeting or receipt
	maxKind   = 64      // bytes
	maxText   = 500     // bytes of a text for people
)

// parseEnvelope checks what a hive sent before any of it is used.
func parseEnvelope(frame []byte) (envelope, error) {
	var e envelope
	if err := wire.Unmarshal(frame, &e); err != nil {
		return envelope{}, err
	}
	if len(e.ID) != idBytes || e.Kind == "" || len(e.Kind) > maxKind || len(e.Body) == 0 {
		return envelope{}, fmt.Errorf("%w: envelope", wire.ErrMalformed)
	}
	return e, nil
}

// refusal is nil for no code.
func refusal(code wire.Code, text string) *wire.Refusal {
	if code == "" {
		return nil
	}
	return &wire.Refusal{Code: code, Text: text}
}

// passing tells whether a refusal can be another one the next time.
func passing(r *wire.Refusal) bool { return r.Code == wire.Busy || r.Code == wire.Failed }

// short makes a text fit.
func short(text string) string {
	if len(text) > maxText {
		text = text[:maxText]
		for i := 0; i < 4 && text != "" && text[len(text)-1]&0xC0 == 0x80; i++ {
			text = text[:len(text)-1]
		}
		text = text[:len(text)-1] + "…"
	}
	return text
}
