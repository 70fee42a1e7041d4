package main

import (
	"log/slog"
	"time"

	"github.com/spf13/cobra"
)

// newLog is where relay and desk tell counts and failures. A line has the day
// and no finer time: beside the records of a phone company the minute of a
// deposit names a source.
func newLog(cmd *cobra.Command) *slog.Logger {
	return slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && a.Key == slog.TimeKey {
				return slog.String("on", a.Value.Time().UTC().Format(time.DateOnly))
			}
			return a
		},
	}))
}
