package files

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"net/http"

	"github.com/dunglas/httpsfv"

	"github.com/melissiproject/hive/api/edge"
)

const expectedDigest = "expected sha-256=:BASE64: of the new revision"

// digestIn reads the SHA-256 of a field of RFC 9530, nil where it has none.
func digestIn(h http.Header, name string) ([]byte, error) {
	dict, err := httpsfv.UnmarshalDictionary(h.Values(name))
	if err != nil {
		return nil, edge.Invalid("header."+name, expectedDigest)
	}
	member, ok := dict.Get("sha-256")
	if !ok {
		return nil, nil
	}
	item, _ := member.(httpsfv.Item)
	sum, _ := item.Value.([]byte)
	if len(sum) != sha256.Size {
		return nil, edge.Invalid("header."+name, expectedDigest)
	}
	return sum, nil
}

// announced gives body as one that ends with edge.ErrDigest where it is not what Repr-Digest and Content-Digest say. A body that is
// not encoded, as all that are taken, has both.
func announced(h http.Header, body io.Reader) (io.Reader, error) {
	for _, name := range []string{"Repr-Digest", "Content-Digest"} {
		want, err := digestIn(h, name)
		if err != nil {
			return nil, err
		}
		if want != nil {
			body = &digested{body, sha256.New(), want}
		}
	}
	return body, nil
}

// digested is a body whose end is compared with a digest.
type digested struct {
	body io.Reader
	sum  hash.Hash
	want []byte
}

// Read implements io.Reader.
func (d *digested) Read(p []byte) (int, error) {
	n, err := d.body.Read(p)
	d.sum.Write(p[:n])
	if err == io.EOF {
		if got := d.sum.Sum(nil); !bytes.Equal(got, d.want) {
			err = fmt.Errorf("%w: it is %x", edge.ErrDigest, got)
		}
	}
	return n, err
}
