package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// A relay's configuration is a text file of lines "flag = value", the flags
// being those of "relay serve". What starts with # is a comment. It is as
// strict as a command line: an unknown name, or one twice, is refused with its
// line. A flag that is given on the command line wins.

// relaySettings are the flags that may stand in the file. Those that allow
// what should be decided each time, such as --create, may not.
var relaySettings = []string{"store", "listen", "desk-key", "puzzle", "quota", "monitor"}

// configMost is how large a file may be.
const configMost = 64 << 10

// A setting is one line of a configuration.
type setting struct {
	line        int
	name, value string
}

// parseSettings reads a configuration.
func parseSettings(text string) ([]setting, error) {
	if len(text) > configMost {
		return nil, misasked("more than %d KiB is no configuration", configMost>>10)
	}
	if !utf8.ValidString(text) {
		return nil, misasked("it is not UTF-8 text")
	}
	var settings []setting
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		s := setting{i + 1, strings.TrimSpace(name), strings.TrimSpace(value)}
		switch {
		case !ok:
			return nil, misasked(`line %d is not "name = value"`, s.line)
		case !slices.Contains(relaySettings, s.name):
			return nil, misasked("line %d: there is no setting %.40q; there are %s", s.line, s.name, strings.Join(relaySettings, ", "))
		case s.value == "":
			return nil, misasked("line %d: %s has no value", s.line, s.name)
		}
		if at := slices.IndexFunc(settings, func(other setting) bool { return other.name == s.name }); at >= 0 {
			return nil, misasked("line %d: %s stands in line %d already", s.line, s.name, settings[at].line)
		}
		settings = append(settings, s)
	}
	return settings, nil
}

// configure sets the flags of cmd that were not given from the file.
func configure(cmd *cobra.Command, file string) error {
	if file == "" {
		return nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	settings, err := parseSettings(string(b))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	for _, s := range settings {
		if cmd.Flag(s.name).Changed {
			continue
		}
		if err := cmd.Flags().Set(s.name, s.value); err != nil {
			return misasked("%s: line %d: %v", file, s.line, err)
		}
	}
	return nil
}

// bytesValue is a flag for an amount such as 500MiB or 4GiB.
type bytesValue int64

func (v *bytesValue) Type() string { return "size" }

func (v *bytesValue) String() string {
	switch n := int64(*v); {
	case n == 0:
		return ""
	case n%(1<<30) == 0:
		return fmt.Sprintf("%dGiB", n>>30)
	default:
		return fmt.Sprintf("%dMiB", n>>20)
	}
}

func (v *bytesValue) Set(text string) error {
	for _, unit := range []struct {
		name  string
		shift int
	}{{"MiB", 20}, {"GiB", 30}} {
		number, ok := strings.CutSuffix(text, unit.name)
		n, err := strconv.ParseUint(number, 10, 31)
		if ok && err == nil && n > 0 && n < 1<<20 {
			*v = bytesValue(n << unit.shift)
			return nil
		}
	}
	return fmt.Errorf("%.40q is not a size such as 500MiB or 6GiB", text)
}
