package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// clockFlag adds the hidden flag by which a rehearsal moves the clock of a
// process: each reading of the clock reads the file anew.
func clockFlag(cmd *cobra.Command) *string {
	file := cmd.Flags().String("clock-file", "", "read the time from this file (for rehearsals)")
	_ = cmd.Flags().MarkHidden("clock-file") // fails for a flag that is not there
	return file
}

// clock returns the process's clock: the machine's, or the rehearsal's. A
// clock file that cannot be read when the process starts is an error; later it
// stands still at the last time that could.
func clock(file string) (func() time.Time, error) {
	if file == "" {
		return time.Now, nil
	}
	last, err := readClock(file)
	if err != nil {
		return nil, err
	}
	return func() time.Time {
		if t, err := readClock(file); err == nil {
			return t
		}
		return last
	}, nil
}

func readClock(file string) (time.Time, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return time.Time{}, fmt.Errorf("read the clock: %w", err)
	}
	t, err := time.Parse(time.RFC3339, strings.TrimSpace(string(b)))
	if err != nil {
		return time.Time{}, fmt.Errorf("read the clock: %s holds no time such as 2020-02-04T12:00:00Z", file)
	}
	return t.UTC(), nil
}
