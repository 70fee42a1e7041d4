// Package synth makes tables whose truth is known, to score and attack the
// models of package weigh: sources of unequal skill, items of unequal
// difficulty, silence, bias, copies, feeds, colluders, sources that were turned
// and statements that were forced.
//
// A World says how a table comes about; World.Make draws one. All chance comes
// from the seed: equal worlds and seeds give equal tables on every machine.
// Every item and every source draws from a stream of its own, so a world with
// one group more has the same items, and the same statements by all the others.
package synth
