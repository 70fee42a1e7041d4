package weigh

import "math"

// Two and three states are most of all work, and there what costs is neither
// memory nor arithmetic but waiting: for a branch at the end of each item that no
// processor foresees, for a sum that needs the sum before, for two lines of
// memory where one would do. So they are computed flat, a stretch of items at a
// time, in three sweeps without a branch on the data:
//
//  1. over statements: running sums of log odds, kept after each;
//  2. over items: the difference of two running sums is the item's log odds, from
//     which its posterior follows; how its count differs from that of the item
//     before is noted at its first statement;
//  3. over statements: the running sum of those differences is the count of the
//     item at hand, and is added to the source's.
//
// Differences of running sums are exact because they are of whole numbers. What a
// statement reads and what it adds to lie side by side in one cell, and each
// worker has cells of its own.

// Log odds are whole numbers of 2^-24: all that float32 tells apart from 1 to 2,
// and up to mostLog in 32 bits.
const (
	logBits = 24
	logUnit = 1.0 / (1 << logBits)
	mostLog = 127
)

// fixedLog is x as log odds in 32 bits.
func fixedLog(x float32) int32 {
	return int32(min(mostLog, max(-mostLog, float64(x))) * (1 << logBits))
}

// stretch is how many statements are swept at a time: what they need stays in the
// first level of cache. It is a power of two, so that masking an index with
// stretch-1 spares the check of its bounds.
const stretch = 1024

// flatRoom is what a worker needs for a stretch.
type flatRoom struct {
	sum1, sum2 [stretch + 1]int64  // running sums of log odds, before each statement
	step       [stretch + 1]uint64 // how the count changes at each statement
}

// cell3 is a code's part of the work with three states.
type cell3 struct {
	log   uint64 // log odds of state 1 against 0 in the low half, of 2 in the high
	count uint64 // counts of states 1 and 2, likewise
}

// expWide is e^x for |x| <= 700 to a relative error below 4e-7: as expOf, with the
// range of float64.
func expWide(x float64) float64 {
	const shift = 1.5 * (1 << 52)
	n := x*math.Log2E + shift
	r := x - (n-shift)*math.Ln2
	p := 1 + r*(1+r*(0.5+r*(1.0/6+r*(1.0/24+r*(1.0/120+r*(1.0/720))))))
	return math.Float64frombits(math.Float64bits(p) + math.Float64bits(n)<<52)
}

// mostWide is where expWide ends; beyond, a probability differs from 0 or 1 by
// less than any float.
const mostWide = 700

func clampWide(x float64) float64 {
	if x > mostWide {
		return mostWide
	}
	if x < -mostWide {
		return -mostWide
	}
	return x
}
