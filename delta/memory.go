package delta

import (
	"bytes"
	"errors"
	"fmt"
)

// Sign returns the signature of an extent.
func Sign(base []byte, o Options) ([]byte, error) {
	o, err := o.For(int64(len(base)))
	if err != nil {
		return nil, err
	}
	out := bytes.NewBuffer(make([]byte, 0, o.SignatureSize(int64(len(base)))))
	err = WriteSignature(out, bytes.NewReader(base), o)
	return out.Bytes(), err
}

// Make returns what turns the base of a signature, which anyone may have made, into target, or false as soon as
// that would be over limit bytes.
func Make(signature, target []byte, limit int) ([]byte, bool, error) {
	s, err := ReadSignature(bytes.NewReader(signature))
	if err != nil {
		return nil, false, err
	}
	out := bounded{limit: limit}
	err = WriteDelta(&out, s, bytes.NewReader(target))
	if errors.Is(err, errFull) {
		return nil, false, nil
	}
	return out.b, err == nil, err
}

// Apply fills out with what delta makes of base, which is exactly as much.
func Apply(out, base, delta []byte) error {
	n, err := Patch(bytes.NewBuffer(out[:0]), bytes.NewReader(base), bytes.NewReader(delta), int64(len(out)))
	if err == nil && n != int64(len(out)) {
		err = fmt.Errorf("%w: it makes %d bytes, not %d", ErrFormat, n, len(out))
	}
	return err
}

var errFull = errors.New("over limit")

// bounded is a buffer that takes no more than limit bytes.
type bounded struct {
	b     []byte
	limit int
}

func (w *bounded) Write(p []byte) (int, error) {
	if len(p) > w.limit-len(w.b) {
		return 0, errFull
	}
	w.b = append(w.b, p...)
	return len(p), nil
}
