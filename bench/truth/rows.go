package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// A tall table is made by arithmetic alone, so that every machine weighs the
// same one.
type tallTable struct {
	name                 string
	rows, items, sources int
	values               int  // each item may have
	numbers              bool // values are numbers around one of the item
}

var tallTables = []tallTable{
	{name: "1 M items of 10 statements, 3 classes", rows: 10_000_000, items: 1_000_000, sources: 20_000, values: 3},
	{name: "5 M items of 2 statements, 3 classes", rows: 10_000_000, items: 5_000_000, sources: 20_000, values: 3},
	{name: "1 M items of 10 statements, open", rows: 10_000_000, items: 1_000_000, sources: 20_000, values: 1000},
	{name: "1 M items of 10 statements, numbers", rows: 10_000_000, items: 1_000_000, sources: 20_000, numbers: true},
}

// write writes the table as CSV. Three statements of four are right, and no two
// rows that follow each other are of one item or source.
func (t tallTable) write(to io.Writer) error {
	w := bufio.NewWriterSize(to, 1<<20)
	w.WriteString("source,item,value\n")
	var row []byte
	for j := range t.rows {
		item := int(uint64(j) * 7_654_321 % uint64(t.items))
		source := scatter(uint64(j)) % uint64(t.sources)
		truth := scatter(uint64(item) + 1<<40)
		if scatter(uint64(j)+1<<41)%4 == 0 {
			truth = scatter(uint64(j) + 1<<42)
		}
		row = strconv.AppendUint(append(row[:0], 's'), source, 10)
		row = strconv.AppendInt(append(row, ",item-"...), int64(item), 10)
		if t.numbers {
			row = strconv.AppendFloat(append(row, ','), float64(truth%100_000)/10, 'f', 1, 64)
		} else {
			row = strconv.AppendUint(append(row, ",value-"...), truth%uint64(t.values), 10)
		}
		w.Write(append(row, '\n'))
	}
	return w.Flush()
}

// scatter is the finalizer of splitmix64 (Steele, Lea and Flood, OOPSLA 2014).
func scatter(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// printTall runs the command on each of the tables, and prints its time by the
// clock and of the processors, and the most memory that it held.
func printTall(ctx context.Context, to io.Writer, hearsay string, tables []tallTable, f *figures, args ...string) error {
	folder, err := os.MkdirTemp("", "hearsay-tall-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	for j, t := range tables {
		name := filepath.Join(folder, "table.csv")
		file, err := os.Create(name)
		if err != nil {
			return err
		}
		if err := t.write(file); err != nil {
			return err
		}
		if err := file.Close(); err != nil {
			return err
		}
		cmd := exec.CommandContext(ctx, hearsay, append([]string{"weigh", name, "--limit", "0"}, args...)...)
		begun := time.Now()
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", t.name, err, out)
		}
		seconds, mebibytes := time.Since(begun).Seconds(), mostMemory(cmd.ProcessState)
		fmt.Fprintf(to, "%-40s %9d rows  %5.1f s by the clock  %5.1f s of processors  %5.0f MiB\n", t.name, t.rows, seconds,
			(cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), mebibytes)
		if j == 0 {
			f.add("hearsay weigh, 10 M rows (1 M items, 3 classes)", "< 10 s, 1 GiB", "", fmt.Sprintf("%.1f s, %.0f MiB", seconds, mebibytes), seconds < 10 && mebibytes <= 1024, false)
		}
	}
	return nil
}
