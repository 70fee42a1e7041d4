package courier

import (
	"bytes"
	"testing"

	"hearsay/envelope"
)

func FuzzCell(f *testing.F) {
	good := cell{setHeader: setHeader{k: 2, n: 3, length: 4}, index: 1, fragment: make([]byte, fragmentSize)}
	f.Add(good.marshal()[:cellHeader])
	f.Add(make([]byte, cellHeader))
	f.Add([]byte{1, 16, 16, 15})
	f.Fuzz(func(t *testing.T, head []byte) {
		b := make([]byte, envelope.CellPlaintext)
		copy(b, head)
		c, carries, err := parseCell(b)
		if err != nil {
			return
		}
		if !carries {
			if !isZero(b) {
				t.Error("a cell that fills the file says something")
			}
			return
		}
		if !bytes.Equal(c.marshal(), b) {
			t.Error("accepted a cell that it would not write: malleable")
		}
		// Whatever cells say, gathering and joining them refuses or succeeds.
		j := NewJoiner(envelope.DeskID{}, func(b []byte) ([]byte, error) { return b, nil })
		for i := range c.k {
			c.index = i
			if _, err := j.AddCell(c.marshal()); err != nil {
				t.Fatal(err)
			}
		}
		for _, s := range j.Sets() {
			if _, err := s.Join(); err == nil {
				t.Error("joined cells with a digest of nothing")
			}
		}
	})
}

func FuzzPack(f *testing.F) {
	f.Add(randomParcel(1, 0).marshal())
	f.Add(randomParcel(0, 1).marshal())
	f.Add([]byte{0, 0})
	f.Add([]byte{255, 255, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := parsePack(b)
		if err == nil && !bytes.Equal(p.marshal(), b) {
			t.Error("accepted a pack that it would not write: malleable")
		}
	})
}

// FuzzDrive: a drive file changed at will is read to its end, and no cell counts
// but those that were left alone.
func FuzzDrive(f *testing.F) {
	d := newTestDesk(f)
	drives, err := Split(d.secret.Public(), randomParcel(5, 0), 2, 2)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint32(0), []byte{})
	f.Add(uint32(100), []byte{1})
	f.Add(uint32(envelope.CellSize-1), []byte{1, 2})
	f.Add(uint32(DriveSize-1), []byte("beyond the end"))
	f.Fuzz(func(t *testing.T, at uint32, put []byte) {
		changed := append(bytes.Clone(drives[0][0]), put...)[:DriveSize]
		copy(changed[int(at)%DriveSize:], put)
		bad := 0
		for i := range DriveCells {
			if !bytes.Equal(changed[i*envelope.CellSize:][:envelope.CellSize], drives[0][0][i*envelope.CellSize:][:envelope.CellSize]) {
				bad++
			}
		}
		if seen, err := d.joiner().AddDrive(changed); err != nil || seen.Bad != bad || seen.Carry+seen.Empty != DriveCells-bad {
			t.Errorf("%d cells changed: %+v, %v", bad, seen, err)
		}
	})
}

func FuzzSealed(f *testing.F) {
	for _, p := range []Parcel{randomParcel(1, 0), randomParcel(0, 1), randomParcel(1, 1)} {
		b, err := p.Marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ParseSealed(b)
		if err != nil {
			return
		}
		if again, err := p.Marshal(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("accepted a parcel that it would not write: %v", err)
		}
	})
}
