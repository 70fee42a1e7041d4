// Package weigh estimates what is true from statements of sources that err,
// lie and copy. It is given a Problem by index and gives back a Result: for
// every item a probability for each candidate value, how many independent
// origins speak and how many of them would have to fall silent for the answer
// to change, and for every source its reliability.
//
// The package is pure: it reads no clock, file, network or hidden chance, and
// equal problems give equal bits. It must never learn who a source is or what
// an item is about; callers keep the mapping from its indices to their nouns.
package was
