/** A place in an ordered list: what the row there has in each column of the order, exactly. */
export type Position = readonly unknown[];

/** Which rows of an ordered list are asked for. */
export interface Seek {
  /** Where to start; undefined: at the end that is first. */
  readonly from?: Position;
  /** The row at `from` itself is wanted too. Default: false. */
  readonly inclusive?: boolean;
  /** Towards the start. Default: false. */
  readonly backward?: boolean;
  readonly limit: number;
}

/** Part of a list. */
export interface Slice<T> {
  readonly objects: readonly T[];
  /** The list goes on behind them. */
  readonly more: boolean;
}

/** An end of what a list can be asked for: nothing is there. */
export const NOTHING: Slice<never> = { objects: [], more: false };

/** What a paginator reads from: the rows of a list with its conditions and its order. */
export interface PageSource<T> {
  /** Most objects that a page may have, by `limits.maxPageSize`. */
  readonly maxPageSize: number;
  /** The same for all pages of one list, and different for another list, its filters and its order. */
  readonly fingerprint: string;
  /** How many objects there are. */
  count(): Promise<number>;
  /** Objects by their place, and whether there are more behind them. */
  slice(offset: number, limit: number): Promise<Slice<T>>;
  /** Objects behind or before a place, always in the order of the list, with their places. */
  seek(seek: Seek): Promise<{ readonly objects: readonly T[]; readonly positions: readonly Position[] }>;
}
