package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"

	"hearsay/envelope"
)

// A poster is a connection that posts deposits. It writes and reads as little
// as HTTP lets it, so that what is measured is the relay.
type poster struct {
	net.Conn
	in  *bufio.Reader
	out []byte
}

func newPoster(address string) (*poster, error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &poster{c, bufio.NewReader(c), nil}, nil
}

var (
	accepted = []byte("HTTP/1.1 200 OK\r\n")
	bare     = []byte("\r\n")
	taken    = envelope.Answer(envelope.Taken)
)

// post posts a deposit and returns once it was answered with "taken".
func (p *poster) post(deposit []byte) error {
	path := envelope.PathDeposit
	if len(deposit) == envelope.ChunkDepositSize {
		path = envelope.PathChunk
	}
	p.out = fmt.Appendf(p.out[:0], "POST %s HTTP/1.1\r\nHost: relay\r\nContent-Length: %d\r\n\r\n", path, len(deposit))
	p.out = append(p.out, deposit...)
	if _, err := p.Write(p.out); err != nil {
		return err
	}
	for line := 0; ; line++ {
		b, err := p.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if line == 0 && !bytes.Equal(b, accepted) {
			return fmt.Errorf("a deposit was answered %q", b)
		}
		if bytes.Equal(b, bare) {
			break
		}
	}
	var answer [envelope.AnswerSize]byte
	if _, err := io.ReadFull(p.in, answer[:]); err != nil {
		return err
	}
	if !bytes.Equal(answer[:], taken) {
		return fmt.Errorf("a deposit was answered %x", answer[:2])
	}
	return nil
}
