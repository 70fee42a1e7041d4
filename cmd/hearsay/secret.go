package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// secretFlags say where a secret is read from: a file, a file descriptor, or
// else a prompt. Never an argument and never the environment, which other
// processes can read.
type secretFlags struct {
	what string
	file string
	fd   int
}

func addSecretFlags(cmd *cobra.Command, name, what string) *secretFlags {
	s := &secretFlags{what: what, fd: -1}
	cmd.Flags().StringVar(&s.file, name+"-file", "", "read "+what+" from the first line of this file")
	cmd.Flags().IntVar(&s.fd, name+"-fd", -1, "read "+what+" from the first line of this open file descriptor")
	return s
}

const maxSecret = 1024

// given reports whether the secret comes from elsewhere than a prompt.
func (s *secretFlags) given() bool { return s.file != "" || s.fd >= 0 }

// read returns the secret. A prompt asks twice when it is being chosen.
func (s *secretFlags) read(cmd *cobra.Command, choosing bool) (string, error) {
	switch {
	case s.file != "":
		f, err := os.Open(s.file)
		if err != nil {
			return "", fmt.Errorf("read %s: %w", s.what, err)
		}
		defer f.Close()
		return s.firstLine(f)
	case s.fd >= 0:
		return s.firstLine(os.NewFile(uintptr(s.fd), "descriptor "+strconv.Itoa(s.fd)))
	}
	terminal := int(os.Stdin.Fd())
	if !term.IsTerminal(terminal) {
		return "", misasked("there is no terminal to ask for %s on: give it by a file or a file descriptor, see --help", s.what)
	}
	first, err := s.prompt(cmd, terminal, s.what)
	if err != nil || !choosing {
		return first, err
	}
	second, err := s.prompt(cmd, terminal, s.what+" once more")
	if err == nil && first != second {
		return "", misasked("the two were not the same: nothing was made")
	}
	return first, err
}

func (s *secretFlags) prompt(cmd *cobra.Command, terminal int, what string) (string, error) {
	fmt.Fprintf(cmd.ErrOrStderr(), "%s: ", strings.ToUpper(what[:1])+what[1:])
	b, err := term.ReadPassword(terminal)
	fmt.Fprintln(cmd.ErrOrStderr())
	if err != nil {
		return "", fmt.Errorf("read %s: %w", s.what, err)
	}
	return s.checked(string(b))
}

// checked refuses what can be no secret.
func (s *secretFlags) checked(text string) (string, error) {
	switch {
	case text == "":
		return "", misasked("%s is empty", s.what)
	case len(text) > maxSecret:
		return "", misasked("%s has more than %d bytes", s.what, maxSecret)
	}
	return text, nil
}

func (s *secretFlags) firstLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, maxSecret+3)).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", fmt.Errorf("read %s: %w", s.what, err)
	}
	return s.checked(strings.TrimRight(line, "\r\n"))
}
