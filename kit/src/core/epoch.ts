// An epoch is one UTC day, counted from 1970-01-01. No time finer than that is
// kept anywhere outside the desk.

export type Epoch = number;

const DAY = 86_400_000;

/** The day in which a moment, in milliseconds since 1970, falls. */
export const epochOf = (milliseconds: number): Epoch =>
  Math.min(Math.max(Math.floor(milliseconds / DAY), 0), 0xffffffff);

/** The day as people write it: 2020-02-04. */
export const epochDate = (epoch: Epoch): string => new Date(epoch * DAY).toISOString().slice(0, 10);
