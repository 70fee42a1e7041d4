// Package weigh estimates what is true from statements of sources that err,
// lie and copy. It is given a Table by index and gives back a Result: for every
// item a probability of each candidate value, how many independent origins
// speak for the answer and how many of them would have to fail for it to
// change, and for every source its reliability.
//
// The package is pure: it reads no clock, file, network or hidden chance, and
// equal tables give equal bits on any number of cores. It must never learn who
// a source is or what an item is about; callers keep the mapping from its
// indices to their nouns.
package weigh
