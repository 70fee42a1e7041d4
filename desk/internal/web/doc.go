// Package web is the desk's pages: what editors see and do in a browser on the
// desk's own machine. It shows what the casebook holds and passes on what an
// editor decides; it decides nothing itself. It must never know keys, SQL,
// relays or how anything is weighed, and nothing of it is ever reached from
// another machine or another origin.
//
// # Getting in
//
// The desk prints an address with a start token when it begins to serve. GET
// /start?token=… sets a session cookie, without an editor, and leads to
// /sign-in, where a name and a passphrase make it an editor's. Whoever has no
// session gets 403 for every path alike. Sessions live in memory, end with the
// process, and lose their editor when nothing happens for a while.
//
// # For programs
//
// Every page answers its view as JSON where the request says Accept:
// application/json (and not text/html). Every action then answers
//
//	{"ok": true, "next": "/where/to/look", …}   200
//	{"error": "A sentence.", "findings": […]}   403, 404, 405, 409, 413, 422, 429, 500, 502
//
// with findings only where the gate blocks. Without it an action answers 303
// to the next page, or the same page again with the sentence and that status.
//
// Every answer to a session carries its token in the header X-Hearsay-CSRF. A
// POST sends it back in that header or in the field csrf. The token changes
// when somebody signs in or out, so take it from the last answer. A POST must
// come from the same origin and say so: Sec-Fetch-Site: same-origin, or Origin:
// http://HOST with the very host of the request. The host is 127.0.0.1, [::1]
// or localhost, with the listener's port.
//
// # Routes
//
// Fields are of application/x-www-form-urlencoded forms up to 64 KiB, unless
// the table says otherwise. After the arrow stands what the JSON of an action
// has besides ok and next; of a page, its view.
//
//	GET  /start                     ?token                          → 303 to /sign-in
//	GET  /desk.css                                                  the style sheet; needs no session
//	GET  /icon.svg                                                  the icon; needs no session
//	GET  /sign-in                                                   → editor
//	POST /sign-in                   name passphrase                 → editor
//	POST /sign-out                                                  →
//	GET  /{$}                                                       → 303 to /inbox
//	GET  /inbox                                                     → casebook.InboxView
//	POST /pull                                                      → deposits reports files whole
//	POST /import                    multipart: csrf, then the file parcel, up to 32 MiB → reports
//	GET  /reports/{place}                                           → casebook.ReportView
//	GET  /files/{place}                                             → casebook.ManifestView
//	GET  /files/{place}/{number}                                    the file, to be saved
//	POST /lift                      place why; handle leads back to a source →
//	POST /admit                     place why                       →
//	GET  /key-in                                                    → code_names
//	POST /key-in                    code_name text                  → place
//	GET  /claims                                                    → claims: casebook.ClaimLine
//	GET  /claims/{address...}                                       → casebook.ClaimView
//	POST /sign                      claim by_record=yes             → claim: casebook.ClaimLine
//	POST /merge                     claim report report… why        → claim: casebook.ClaimLine
//	GET  /sources                                                   → sources: casebook.SourceLine
//	GET  /sources/{handle}          ?cut=DAY previews a cut         → casebook.SourceView
//	POST /sources/{handle}/name     code_name note                  →
//	POST /sources/{handle}/cut      since                           → effect: casebook.CutEffect
//	POST /sources/{handle}/lift                                     →
//	GET  /sources/{handle}/reply                                    → source watched why queue mine fit
//	POST /sources/{handle}/reply    text meant=yes; look=yes shows how it fits → place goes parts
//	GET  /replies                                                   → casebook.RepliesView
//	POST /replies/{place}/undo                                      →
//	POST /replies/{place}/mean                                      →
//	GET  /cases                                                     → cases: casebook.CaseView
//	POST /consent                   case by public withdrawn=yes    →
//	GET  /bulletins                                                 → bulletins: casebook.BulletinView
//	GET  /draft                                                     → published
//	POST /draft                     id kind text corrects; up to 1 MiB → findings blocked
//	GET  /bulletins/{id}                                            → casebook.BulletinView
//	POST /bulletins/{id}/override   claim why; no claim for the text → findings blocked
//	POST /bulletins/{id}/publish                                    →
//	GET  /health                                                    → Health
//	POST /charter                   root_key root_passphrase        →
//
// Reports, replies and lists of files are named by their place, sources by their handle (both stand in the
// inbox), claims by their address, bulletins by their id. Days are written
// 2006-01-02.
//
// BUG(web): cookies know no ports, so other servers on the same loopback
// address are sent the session cookie too. Whoever runs one of those on the
// desk's machine is inside already, but it is a reason to run nothing else there.
package web
