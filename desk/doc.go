// Package desk is the door of the private zone: it makes a desk, opens it with
// its passphrase and keyslot, and runs its errands. It pulls what waits at a
// relay, or takes in what came by hand, has the keyring open it and the
// casebook keep it, and only then tells the relay that it is done; it publishes
// rosters, questions and drops; and it carries what the casebook publishes to
// the ledger and the edition from which the site is built.
//
// It is the only place where opened messages pass, and it keeps none. Its logs
// hold counts and days: never a source, a text or an address.
package desk
