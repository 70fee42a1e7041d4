package ledger

import "fmt"

// What is wrong with a file, or with the log as a whole.
type Wrong string

// The kinds of findings.
const (
	Changed     Wrong = "changed"      // the file is not the one that was signed
	Added       Wrong = "added"        // nothing that was signed has it
	Missing     Wrong = "missing"      // it was signed and is not there
	NotAFile    Wrong = "not a file"   // a symbolic link, a device, a folder in a file's place
	Unreadable  Wrong = "unreadable"   // the disk does not give it
	SaltMissing Wrong = "salt missing" // nothing shows what it was, and no withdrawal says why
	StillThere  Wrong = "still there"  // it was withdrawn, and page or salt remain
	NoLedger    Wrong = "no ledger"    // there is nothing to check against
	Broken      Wrong = "broken"       // the ledger contradicts itself
	Unsigned    Wrong = "unsigned"     // the key did not sign the checkpoint
	KeyChanged  Wrong = "key changed"  // the key is not the one known before
	OtherLog    Wrong = "other ledger" // another desk's ledger stands where a known one stood
	RolledBack  Wrong = "rolled back"  // the copy is older than one that was checked before
	Forked      Wrong = "forked"       // the log does not continue the one that was checked before
	TooMany     Wrong = "too many"     // more files or findings than are looked at
)

// Finding is one thing that is not as it was signed. Path is relative to the
// site and may be a stranger's bytes; String makes it safe to print.
type Finding struct {
	Path   string `json:"path"`
	Wrong  Wrong  `json:"wrong"`
	Detail string `json:"detail,omitempty"`
}

// String says what happened, in one sentence without a full stop.
func (f Finding) String() string {
	what := map[Wrong]string{
		Changed:     "has been changed",
		Added:       "has been added",
		Missing:     "is missing",
		NotAFile:    "is not a plain file",
		Unreadable:  "cannot be read",
		SaltMissing: "cannot be checked: its salt is gone and no withdrawal says why",
		StillThere:  "was withdrawn and is still there",
		NoLedger:    "holds no ledger to check against",
		Broken:      "breaks the ledger",
		Unsigned:    "is not signed by the desk's key",
		KeyChanged:  "is not the key known before",
		OtherLog:    "is the ledger of another desk than the one checked here before",
		RolledBack:  "is older than a copy checked before",
		Forked:      "does not continue the ledger checked before",
		TooMany:     "has more than can be looked at",
	}[f.Wrong]
	name := printable(f.Path)
	if f.Path == "." {
		name = "the folder"
	}
	s := name + " " + what
	if f.Detail != "" {
		s += ": " + f.Detail
	}
	return s
}

// Report is what a check found.
type Report struct {
	Origin    string    `json:"origin"`              // the name of the log
	Key       string    `json:"key"`                 // the key it was checked with
	FirstSeen bool      `json:"first_seen"`          // nothing was known of this log before
	Size      int64     `json:"size"`                // entries in the log
	Root      string    `json:"root"`                // of the tree over them, in base64
	Edition   uint32    `json:"edition"`             // the newest
	Date      string    `json:"date,omitempty"`      // of the newest edition
	Compared  bool      `json:"compared"`            // the ledger was whole enough to say what the pages should be
	Files     int       `json:"files"`               // pages read and compared
	Bytes     int64     `json:"bytes"`               // in those pages
	Withdrawn []string  `json:"withdrawn,omitempty"` // pages that the log says were taken back
	Findings  []Finding `json:"findings"`
}

// OK reports whether everything is as it was signed.
func (r Report) OK() bool { return len(r.Findings) == 0 }

const maxFindings = 1000

func (r *Report) find(path string, wrong Wrong, format string, args ...any) {
	switch n := len(r.Findings); {
	case n < maxFindings:
		r.Findings = append(r.Findings, Finding{path, wrong, fmt.Sprintf(format, args...)})
	case n == maxFindings:
		r.Findings = append(r.Findings, Finding{".", TooMany, fmt.Sprintf("more than %d findings", maxFindings)})
	}
}
