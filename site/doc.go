// Package site turns an edition into a folder of static files that anyone can
// read, mirror and check: pages, feed, charts, and the ledger beside them.
//
// It stands in the site zone: it holds published things only and must never
// know a report, a source or a key. The same edition gives the same bytes, so
// the desk signs what it rendered, and [Build] renders it again with no key and
// refuses to write anything else.
//
// # The folder
//
//	index.html                      the latest bulletins
//	bulletins/b3.html               one for each bulletin
//	claims.html claims/KEY.html     the claims that bulletins cite
//	series.html series/KEY.html     claims along time, with a chart; KEY.csv beside it
//	archive.html archive/2020.html  by year, and archive/2020-12.html by month
//	corrections.html method.html verify.html
//	feed.xml                        Atom
//	style.css icon.svg
//	edition.json                    the edition itself, from which all of these follow
//	ledger/                         see package ledger
//
// No page runs script, loads anything from elsewhere or needs a server: every
// link is relative and names a file, so that a site opens from a drive as from
// the web.
package site
