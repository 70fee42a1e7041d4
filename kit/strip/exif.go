package strip

import "encoding/binary"

// Tags of EXIF that matter before it is thrown away (EXIF 2.32, section 4.6).
const (
	tagOrientation = 0x0112
	tagPlace       = 0x8825 // pointer to the GPS directory
)

// readEXIF reads a TIFF header and its first directory: which way up the
// picture is (1 to 8, 1 where it does not say), and whether it says where it
// was taken. Whatever is not in form says nothing.
func readEXIF(b []byte) (orientation int, place bool) {
	orientation = 1
	if len(b) < 8 {
		return
	}
	var order binary.ByteOrder = binary.BigEndian
	if b[0] == 'I' {
		order = binary.LittleEndian
	}
	at := uint64(order.Uint32(b[4:]))
	if at+2 > uint64(len(b)) {
		return
	}
	count := int(order.Uint16(b[at:]))
	entries := b[at+2:]
	for ; count > 0 && len(entries) >= 12; count-- {
		switch order.Uint16(entries) {
		case tagOrientation:
			if n := order.Uint16(entries[8:]); order.Uint16(entries[2:]) == 3 && n >= 1 && n <= 8 {
				orientation = int(n)
			}
		case tagPlace:
			place = true
		}
		entries = entries[12:]
	}
	return
}
