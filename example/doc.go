// Package example holds the worked example and the play that drives it: 28
// reports, five bulletins and a correction, from January 2020 to June 2021.
//
// The play stands outside all zones. It writes to the relay as sources do, with
// twelve words each and the kit; it works at the desk as editors do, through
// the desk's pages; and it reads the site as anybody does. Relay and desk run
// as processes of their own, under a clock that the play moves. It must never
// hand the desk a file of the dossier: the desk knows what reached it and what
// an editor typed.
//
// No person in the example exists. Its figures are real and cited in
// dossier/provenance.json.
package example
