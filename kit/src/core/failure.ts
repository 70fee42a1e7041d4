// What can go wrong, told apart by a code that a screen has words for.

export type FailureCode =
  | "config" // the kit's own configuration cannot be used
  | "relay" // the relay cannot be reached or does not answer in form
  | "stop" // the roster is not one that the desk signed for today: nothing may be sealed or sent
  | "drive" // a file is not what an outbound drive holds for this desk
  | "phrase" // these are not twelve words of a phrase; say "check the words" and no more
  | "body" // the text is empty, too long or not plain text
  | "files" // too many files, or too large, or a name that cannot be
  | "room" // it does not fit into the drive files
  | "closed" // the session is closed
  | "sent" // the session has sent its three deposits
  | "range"; // an argument that no screen offers

export class Failure extends Error {
  constructor(
    readonly code: FailureCode,
    message: string,
  ) {
    super(message);
    this.name = "Failure";
  }
}
