// Package casebook holds the nouns that can hurt someone, and what the desk
// does with them: it receives reports, reads statements out of them, pools
// those under claims, finds which of them share an origin, grades, quarantines
// what came from a captured source, and lets nothing out but through the gate.
//
// Everything it holds is an append-only list of records; what pages show is a
// fold of them (Book), and an action of an editor is one more record
// (Casebook). It knows neither relays nor keys nor SQL: envelopes are opened
// before they reach it, and a Store keeps its records.
//
// Nothing in it may be logged or printed by accident: ids of sources and
// reports, code names and texts are types that show only what they are.
// Publish is the one function that turns private nouns into public ones.
package casebook
