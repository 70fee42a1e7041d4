// What the desk asks (PROTOCOL.md 4.2b).

/** A claim that the desk asks about, worded for people. All its strings are text and none is markup. */
export interface Question {
  key: string;
  type: "number" | "choice" | "truth" | "date" | "text";
  unit: string; // of a number, or ""
  labels: string[]; // of a choice
  series: string; // the period for which a value is asked (day, month, year), or ""
  ask: Record<string, string>; // the wording by language
}
