package example

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// answered is the report that an editor answers, and how.
const (
	answered = "R02"
	answer   = "Thank you, it came. Was that for white rice or for brown? Tell it only if it costs you nothing."
)

// reply has an editor answer a source whose report came today. It waits for the
// drop of the day, like any other.
func (s *scene) reply(ctx context.Context) error {
	for _, r := range s.Dossier.Reports {
		if r.ID != answered || r.Day != s.today || r.Channel == "desk" || r.Forced {
			continue
		}
		began := time.Now()
		handle, err := s.handle(ctx, r.Source)
		if err != nil {
			return err
		}
		var queued struct{ Parts int }
		if err := s.editors[0].post(ctx, "/sources/"+handle+"/reply", url.Values{"text": {answer}}, &queued); err != nil {
			return err
		}
		s.tell("desk", began, "%s answers %s: %s, waiting for the drop that goes out full or empty", s.editors[0].name, r.Source, plural(queued.Parts, "part"))
		s.answers = append(s.answers, r)
	}
	return nil
}

// readReplies has the sources that were answered look for it: they load what
// everybody loads, and try every row of every drop.
func (s *scene) readReplies(ctx context.Context) error {
	for _, r := range s.answers {
		if err := s.readReply(ctx, r); err != nil {
			return fmt.Errorf("the answer to %s: %w", r.ID, err)
		}
	}
	s.answers = nil
	return nil
}

func (s *scene) readReply(ctx context.Context, r Report) error {
	began := time.Now()
	client, session, err := s.session(ctx, r)
	if err != nil {
		return err
	}
	defer client.Close()
	defer session.Close()
	replies := session.Replies()
	if len(replies) != 1 || replies[0].Text != answer || len(session.Arrivals()) == 0 {
		return errors.New("the source does not find it in the drop")
	}
	s.tell("source", began, "%s loads the drops as everybody does, tries every row, and reads %d bytes that nobody else can", r.Source, len(answer))
	return nil
}
