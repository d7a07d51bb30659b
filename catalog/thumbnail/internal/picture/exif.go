package picture

import (
	"bytes"
	"encoding/binary"
	"io"
)

// jpegHeader is what a JPEG says before its pixels.
type jpegHeader struct {
	orientation int  // 1 to 8, as EXIF has it
	progressive bool // or not known to be something simpler
}

const (
	maxSegments = 500
	maxSegment  = 64 << 10
)

// readJPEG goes from segment to segment as far as the one that says how the pixels come. What is not as it should be is taken
// for the worst.
func readJPEG(r io.Reader) jpegHeader {
	h := jpegHeader{orientation: 1, progressive: true}
	var b [4]byte
	if _, err := io.ReadFull(r, b[:2]); err != nil || b[0] != 0xff || b[1] != 0xd8 {
		return h
	}
	for range maxSegments {
		if _, err := io.ReadFull(r, b[:]); err != nil || b[0] != 0xff {
			return h
		}
		length := int(binary.BigEndian.Uint16(b[2:])) - 2
		switch marker := b[1]; {
		case length < 0 || marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd9) || marker == 0xff || marker == 0xda:
			return h
		case marker == 0xc0 || marker == 0xc1:
			h.progressive = false
			return h
		case marker == 0xc2:
			return h
		case marker == 0xe1 && h.orientation == 1:
			segment := make([]byte, min(length, maxSegment))
			if _, err := io.ReadFull(r, segment); err != nil {
				return h
			}
			h.orientation = orientation(segment)
		default:
			if _, err := io.CopyN(io.Discard, r, int64(length)); err != nil {
				return h
			}
		}
	}
	return h
}

// orientation finds tag 0x0112 in the first directory of an EXIF segment: how the camera was held, 1 where it does not say. EXIF 2.32,
// section 4.6.2; TIFF 6.0, section 2.
func orientation(segment []byte) int {
	tiff, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00"))
	if !ok || len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if string(tiff[:2]) == "MM" {
		order = binary.BigEndian
	} else if string(tiff[:2]) != "II" {
		return 1
	}
	directory := int64(uint32At(order, tiff, 4))
	count := int64(uint16At(order, tiff, directory))
	for i := range count {
		at := directory + 2 + 12*i
		if at+12 > int64(len(tiff)) {
			break
		}
		const tag, short = 0x0112, 3
		if uint16At(order, tiff, at) == tag && uint16At(order, tiff, at+2) == short {
			if n := uint16At(order, tiff, at+8); n >= 1 && n <= 8 {
				return int(n)
			}
		}
	}
	return 1
}
