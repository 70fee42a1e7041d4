package desk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"hearsay/courier"
	"hearsay/desk/internal/casebook"
	"hearsay/desk/internal/web"
)

// ErrParcel tells that nothing of what was brought is part of a parcel for this
// desk.
var ErrParcel = web.ErrParcel

// Imported counts what a parcel brought.
type Imported = web.ImportResult

// Import takes in drive files, in any order and number, and sealed parcels that
// were joined elsewhere. What is whole goes the way of what a relay brought;
// cells of sets that are not whole are kept aside, sealed as they came, until
// the rest comes. Files that belong to no parcel are passed over and counted;
// if there is nothing else it is ErrParcel. Importing again brings nothing
// twice.
func (d *Desk) Import(ctx context.Context, files iter.Seq2[io.Reader, error]) (Imported, error) {
	d.carrying.Lock()
	defer d.carrying.Unlock()
	c, err := d.carriage()
	if err != nil {
		return Imported{}, err
	}
	for r, err := range files {
		if err == nil {
			err = c.take(ctx, r)
		}
		if err != nil {
			return c.Imported, errors.Join(err, c.settle())
		}
	}
	if err := c.settle(); err != nil {
		return c.Imported, err
	}
	if c.Whole, err = d.putTogether(ctx); err != nil {
		return c.Imported, err
	}
	if c.came == 0 {
		return c.Imported, c.nothing()
	}
	d.log.Info("imported", "drives", c.Drives, "reports", c.Reports, "files", c.Whole, "sets waiting", len(c.Waiting))
	return c.Imported, nil
}

// Waiting returns, for each set of which drives have come but not enough, how
// many more are needed.
func (d *Desk) Waiting() []int {
	d.carrying.Lock()
	defer d.carrying.Unlock()
	return slices.Clone(d.waiting)
}

// lookAside finds out what waits, when the desk is opened.
func (d *Desk) lookAside() error {
	c, err := d.carriage()
	if err != nil {
		return err
	}
	return c.settle()
}

// carriage is one import.
type carriage struct {
	Imported
	d      *Desk
	joiner *courier.Joiner
	aside  *aside
	came   int // files that were this desk's
}

func (d *Desk) carriage() (*carriage, error) {
	joiner, err := d.Joiner()
	if err != nil {
		return nil, err
	}
	c := &carriage{d: d, joiner: joiner}
	if c.aside, err = openAside(d.dir, c.joiner); err != nil {
		return nil, err
	}
	return c, nil
}

// take takes in one file.
func (c *carriage) take(ctx context.Context, r io.Reader) error {
	b, err := io.ReadAll(io.LimitReader(r, courier.MaxSealed+1))
	if err != nil {
		return fmt.Errorf("read the parcel: %w", err)
	}
	if len(b) != courier.DriveSize {
		p, err := courier.ParseSealed(b)
		if err != nil {
			c.Strange++
			return nil
		}
		c.came++
		return c.keep(ctx, p)
	}
	seen, err := c.joiner.AddDrive(b)
	if err != nil {
		return fmt.Errorf("read a drive: %w", err)
	}
	if seen.Bad == courier.DriveCells {
		c.Foreign++
		return nil
	}
	c.came++
	c.Drives++
	c.Again += seen.Again
	c.Bad += seen.Bad
	for _, s := range c.joiner.Sets() {
		if s.Missing() > 0 {
			continue
		}
		p, err := s.Join()
		if err == nil {
			err = c.keep(ctx, p)
		} else {
			c.Bad += len(s.Sealed()) // whoever made the set made it wrong: it will never join
			err = nil
		}
		if err != nil {
			return err
		}
		c.joiner.Forget(s)
		c.aside.done(s.Name())
	}
	return nil
}

func (c *carriage) keep(ctx context.Context, p courier.Parcel) error {
	kept, err := c.d.keepAll(ctx, p.Payloads, casebook.ByParcel, c.d.today())
	if err != nil {
		return err
	}
	c.Reports += kept.Reports
	return c.d.keepChunks(ctx, p.Chunks, casebook.ByParcel, c.d.today())
}

// settle puts aside what waits and lets go of what does not. What was joined is
// kept by then, so that a kill before or within loses nothing: the drives can
// come again, and so do the cells that lie aside.
func (c *carriage) settle() error {
	var cells [][]byte
	c.Waiting = []int{}
	for _, s := range c.joiner.Sets() {
		if s.Missing() > 0 {
			c.Waiting = append(c.Waiting, s.Missing())
		}
		cells = append(cells, s.Sealed()...)
	}
	c.d.waiting = c.Waiting
	return c.aside.settle(cells)
}

// nothing says why an import brought nothing.
func (c *carriage) nothing() error {
	if c.Foreign > 0 {
		return fmt.Errorf("%w: it is of the right length, but sealed to another desk, to a key of this one that is destroyed, or damaged", ErrParcel)
	}
	return fmt.Errorf("%w: a drive file has %d bytes", ErrParcel, courier.DriveSize)
}

// Joiner returns what joins drive files with this desk's keys and keeps nothing:
// for a machine that only joins.
func (d *Desk) Joiner() (*courier.Joiner, error) {
	open, err := d.keys.CellOpener()
	if err != nil {
		return nil, err
	}
	return courier.NewJoiner(d.keys.Public().Desk, open), nil
}
