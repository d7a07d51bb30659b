// Package wire is how hives put messages into bytes: frames of canonical CBOR with a length before them.
//
// It owns framing, the limits of a frame, the encoding and the codes by which a hive refuses. It does not own what the
// messages mean: each protocol has its own in the package that speaks it. docs/protocol.md describes them all.
package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/fxamacker/cbor/v2"
)

// Raw is a value still encoded.
type Raw = cbor.RawMessage

// Limits of what a stranger may make a hive decode.
const (
	MaxFrame  = 4 << 20   // bytes of the largest frame of any protocol
	maxItems  = 1 << 17   // elements of an array
	maxPairs  = 1 << 10   // pairs of a map
	maxNested = 16        // levels of arrays and maps
	chunk     = 256 << 10 // a frame's memory grows as its bytes arrive, in steps of this
)

// Errors of this package.
var (
	ErrTooLarge  = errors.New("wire: frame too large")
	ErrMalformed = errors.New("wire: malformed message")
)

var (
	encoder = must(cbor.EncOptions{Sort: cbor.SortBytewiseLexical, IndefLength: cbor.IndefLengthForbidden, Time: cbor.TimeUnix}.EncMode())
	decoder = must(cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, MaxNestedLevels: maxNested,
		MaxArrayElements: maxItems, MaxMapPairs: maxPairs, UTF8: cbor.UTF8RejectInvalid, TagsMd: cbor.TagsForbidden,
	}.DecMode())
)

func must[T any](mode T, err error) T {
	if err != nil {
		panic(err)
	}
	return mode
}

// Marshal encodes v; the same value always gives the same bytes, so that they can be signed.
func Marshal(v any) ([]byte, error) {
	data, err := encoder.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("wire: encode: %w", err)
	}
	return data, nil
}

// Unmarshal decodes data into v. What v has no field for is passed over, so that a newer hive can say more.
func Unmarshal(data []byte, v any) error {
	if err := decoder.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return nil
}

// Write sends v as one frame.
func Write(w io.Writer, v any) error {
	data, err := Marshal(v)
	if err != nil {
		return err
	}
	if len(data) > MaxFrame {
		return fmt.Errorf("%w: %d bytes", ErrTooLarge, len(data))
	}
	_, err = w.Write(append(binary.AppendUvarint(make([]byte, 0, len(data)+binary.MaxVarintLen32), uint64(len(data))), data...))
	return err
}

// Read receives one frame of at most limit bytes into v. io.EOF means that the other side ended between two frames.
func Read(r Reader, limit int, v any) error {
	data, err := ReadFrame(r, limit)
	if err != nil {
		return err
	}
	return Unmarshal(data, v)
}

// Reader is a bufio.Reader, for example.
type Reader interface {
	io.Reader
	io.ByteReader
}

// ReadFrame receives the bytes of one frame. Memory is taken as they arrive.
func ReadFrame(r Reader, limit int) ([]byte, error) {
	size, err := binary.ReadUvarint(r)
	if err != nil {
		return nil, err
	}
	if size > uint64(min(limit, MaxFrame)) {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, size, min(limit, MaxFrame))
	}
	data := make([]byte, 0, min(size, chunk))
	for uint64(len(data)) < size {
		n := min(chunk, int(size)-len(data))
		start := len(data)
		data = append(data, make([]byte, n)...)
		if _, err := io.ReadFull(r, data[start:]); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
	return data, nil
}
