// Package record makes and checks what a hive says of itself to all others: a signed record of its name and addresses.
//
// It owns the format, its limits, and which of several records the DHT keeps. It does not own how records travel.
package record

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/record"

	ma "github.com/multiformats/go-multiaddr"

	"github.com/melissiproject/hive/p2p/internal/address"
)

// Limits of a hive record.
const (
	maxBytes = 4 << 10 // bytes, with signature
	maxAddrs = 32
	maxText  = 255 // bytes of each text
	maxAddr  = 255
)

// Namespace is the part of the DHT where hive records are: /hive/ and the bytes of the id.
const Namespace = "hive"

// ErrInvalid is a record that is malformed, too large, or signed by another.
var ErrInvalid = errors.New("record: invalid hive record")

// Record is what a hive says of itself, signed by it. A record with a higher Seq replaces one with a lower.
type Record struct {
	Hive    peer.ID  `json:"hive"`
	Seq     uint64   `json:"seq"`
	Name    string   `json:"name"`
	URL     string   `json:"url,omitempty"`
	Version string   `json:"version"`
	Addrs   []string `json:"addrs"` // without /p2p/ID
}

// payload is a Record as it is signed: a CBOR array in deterministic encoding (RFC 8949, 4.2.1), in an envelope of
// libp2p (its RFC 0002).
type payload struct {
	_       struct{} `cbor:",toarray"`
	Version uint64   // of the format: 1
	Hive    []byte
	Seq     uint64
	Name    string
	URL     string
	Agent   string
	Addrs   [][]byte // binary multiaddrs
}

// Domain keeps the signature from meaning anything elsewhere.
func (*payload) Domain() string { return "hive-record" }

// Codec tells this payload from others.
func (*payload) Codec() []byte { return []byte("/hive/record/1") }

// MarshalRecord encodes.
func (p *payload) MarshalRecord() ([]byte, error) {
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		return nil, err
	}
	return mode.Marshal(p)
}

// UnmarshalRecord decodes what a stranger may have written.
func (p *payload) UnmarshalRecord(data []byte) error {
	mode, err := cbor.DecOptions{
		MaxArrayElements: maxAddrs, MaxMapPairs: 16, MaxNestedLevels: 4,
		IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden, UTF8: cbor.UTF8RejectInvalid,
	}.DecMode()
	if err != nil {
		return err
	}
	return mode.Unmarshal(data, p)
}

// Seal signs r.
func Seal(r Record, key crypto.PrivKey) ([]byte, error) {
	p := &payload{Version: 1, Hive: []byte(r.Hive), Seq: r.Seq, Name: r.Name, URL: r.URL, Agent: r.Version}
	for _, text := range r.Addrs {
		addr, err := ma.NewMultiaddr(text)
		if err != nil {
			return nil, fmt.Errorf("%w: %v", ErrInvalid, err)
		}
		p.Addrs = append(p.Addrs, addr.Bytes())
	}
	envelope, err := record.Seal(p, key)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrInvalid, err)
	}
	data, err := envelope.Marshal()
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrInvalid, err)
	}
	if _, err := Open(r.Hive, data); err != nil {
		return nil, err
	}
	return data, nil
}

// Open checks that data is a record that hive has signed.
func Open(hive peer.ID, data []byte) (Record, error) {
	if len(data) > maxBytes {
		return Record{}, fmt.Errorf("%w: %d bytes", ErrInvalid, len(data))
	}
	var p payload
	envelope, err := record.ConsumeTypedEnvelope(data, &p)
	if err != nil {
		return Record{}, fmt.Errorf("%w: %v", ErrInvalid, err)
	}
	if !hive.MatchesPublicKey(envelope.PublicKey) || string(p.Hive) != string(hive) {
		return Record{}, fmt.Errorf("%w: signed by another", ErrInvalid)
	}
	if p.Version != 1 || p.Seq == 0 || len(p.Addrs) > maxAddrs {
		return Record{}, fmt.Errorf("%w: version %d, number %d, %d addresses", ErrInvalid, p.Version, p.Seq, len(p.Addrs))
	}
	r := Record{Hive: hive, Seq: p.Seq, Name: p.Name, URL: p.URL, Version: p.Agent}
	for _, text := range []string{p.Name, p.URL, p.Agent} {
		if len(text) > maxText || !plain(text) {
			return Record{}, fmt.Errorf("%w: a text is too long or not plain", ErrInvalid)
		}
	}
	for _, raw := range p.Addrs {
		addr, err := ma.NewMultiaddrBytes(raw)
		if err != nil || len(raw) > maxAddr {
			return Record{}, fmt.Errorf("%w: address: %v", ErrInvalid, err)
		}
		r.Addrs = append(r.Addrs, addr.String())
	}
	return r, nil
}

// plain is whether text can be shown on a terminal.
func plain(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || (c >= 0x7f && c < 0xa0) })
}

// Key is where the DHT has the record of a hive.
func Key(hive peer.ID) string { return "/" + Namespace + "/" + string(hive) }

// Validator decides which records the DHT keeps.
type Validator struct{}

// Validate refuses what is not the record of the hive that key names.
func (Validator) Validate(key string, value []byte) error {
	rest, ok := strings.CutPrefix(key, "/"+Namespace+"/")
	if !ok {
		return fmt.Errorf("%w: key", ErrInvalid)
	}
	hive, err := peer.IDFromBytes([]byte(rest))
	if err != nil {
		return fmt.Errorf("%w: key: %v", ErrInvalid, err)
	}
	_, err = Open(hive, value)
	return err
}

// Select finds the newest; of several with one number, which only their hive can have made, the same one everywhere.
func (v Validator) Select(key string, values [][]byte) (int, error) {
	best, seq := -1, uint64(0)
	for i, value := range values {
		if v.Validate(key, value) != nil {
			continue
		}
		r, err := Open(peer.ID(key[len(Namespace)+2:]), value)
		if err != nil {
			continue
		}
		if best < 0 || r.Seq > seq || (r.Seq == seq && cmp.Compare(string(value), string(values[best])) > 0) {
			best, seq = i, r.Seq
		}
	}
	if best < 0 {
		return 0, fmt.Errorf("%w: none of %d", ErrInvalid, len(values))
	}
	return best, nil
}

// Read reads what a hive sent of itself.
func Read(hive peer.ID, from io.Reader) (Record, error) {
	data, err := io.ReadAll(io.LimitReader(from, maxBytes+1))
	if err != nil {
		return Record{}, fmt.Errorf("record of %s: %w", hive, err)
	}
	return Open(hive, data)
}

// Clip shortens what the owner chose so that the record is valid.
func Clip(text string) string {
	text = strings.Map(func(c rune) rune {
		if plain(string(c)) {
			return c
		}
		return -1
	}, text)
	for len(text) > maxText {
		_, n := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-n]
	}
	return text
}

// Addrs picks the addresses that are of use to others, the shortest lists of relays last.
func Addrs(addrs []ma.Multiaddr) []string {
	var texts []string
	size := 0
	for _, addr := range address.Useful(addrs) {
		if len(addr.Bytes()) > maxAddr || len(texts) == maxAddrs || size+len(addr.Bytes()) > maxBytes/2 {
			continue
		}
		size += len(addr.Bytes())
		texts = append(texts, addr.String())
	}
	return slices.Compact(texts)
}
