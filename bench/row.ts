/** One line of the table. */
export type Row = {
  /** As it is named after `--only` and `--profile`. */
  name: string;
  what: string;
  /** The figure to reach, in words. */
  figure: string;
  measured: string;
  /** Null where there is nothing to compare with. */
  baseline: string | null;
  /** Null where nothing is to be reached, or where the run was too small to tell. */
  isReached: boolean | null;
  /** What a reader may want to know beside it; empty for nothing. */
  note: string;
  /** The numbers behind the words; null where this machine cannot tell. */
  numbers: Record<string, number | null>;
};
