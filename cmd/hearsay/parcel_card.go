package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"rsc.io/qr"
)

// cardFlags say where the QR code of a desk's fingerprint goes.
type cardFlags struct {
	terminal bool
	file     string
}

func (f *cardFlags) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.terminal, "qr", false, "print the desk's fingerprint as a QR code")
	cmd.Flags().StringVar(&f.file, "qr-out", "", "write it to this file, .svg or .png, to be printed on a card")
}

func (f *cardFlags) wanted() bool { return f.terminal || f.file != "" }

func (f *cardFlags) write(w io.Writer, fingerprint string) error {
	code, err := cardCode(fingerprint)
	if err != nil {
		return err
	}
	if f.terminal {
		if _, err := io.WriteString(w, terminalCode(code)); err != nil {
			return err
		}
	}
	switch filepath.Ext(f.file) {
	case "":
		if f.file != "" {
			return misasked("--qr-out %s: name it .svg or .png", f.file)
		}
		return nil
	case ".svg":
		return os.WriteFile(f.file, []byte(svgCode(code, fingerprint)), 0o644)
	case ".png":
		return os.WriteFile(f.file, code.PNG(), 0o644)
	}
	return misasked("--qr-out %s: name it .svg or .png", f.file)
}

// cardText is what a camera reads: capitals and digits only, which make the
// smallest code.
func cardText(fingerprint string) string {
	return "HEARSAY-DESK:" + strings.ToUpper(strings.ReplaceAll(fingerprint, "-", ""))
}

func cardCode(fingerprint string) (*qr.Code, error) {
	code, err := qr.Encode(cardText(fingerprint), qr.M)
	if err != nil {
		return nil, err
	}
	code.Scale = 12
	return code, nil
}

// quiet zone around a code, in modules, as ISO/IEC 18004 asks for it.
const quietZone = 4

// terminalCode draws two modules in a character, dark on light whatever the
// colours of the terminal.
func terminalCode(code *qr.Code) string {
	var b strings.Builder
	for y := -quietZone; y < code.Size+quietZone; y += 2 {
		b.WriteString("\x1b[30;107m")
		for x := -quietZone; x < code.Size+quietZone; x++ {
			b.WriteString([]string{" ", "▀", "▄", "█"}[bit(code.Black(x, y))|bit(code.Black(x, y+1))<<1])
		}
		b.WriteString("\x1b[0m\n")
	}
	return b.String()
}

func bit(black bool) int {
	if black {
		return 1
	}
	return 0
}

// svgCode draws a code with the fingerprint in letters below it, for whoever has
// no camera.
func svgCode(code *qr.Code, fingerprint string) string {
	var b strings.Builder
	side := code.Size + 2*quietZone
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges"><rect width="100%%" height="100%%" fill="#fff"/><path d="`, side, side+4)
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x+quietZone, y+quietZone)
			}
		}
	}
	fmt.Fprintf(&b, `"/><text x="%d" y="%d" font-family="monospace" font-size="2" text-anchor="middle">%s</text></svg>`+"\n", side/2, side+1, fingerprint)
	return b.String()
}
