/** Shortening of texts that leave the server, always between two characters. */

/** How much of a value is repeated in an error. */
export const ECHO_LENGTH = 30;

const LONE_SURROGATES = /\p{Surrogate}/gu;

/** Half a surrogate pair makes `encodeURI` of grpc-js throw and is no valid UTF-8 in protobuf. */
export function wellFormed(text: string): string {
  return text.replace(LONE_SURROGATES, '\uFFFD');
}

/** @returns the text, or its start and an ellipsis when it has more than `length` UTF-16 units */
export function clip(text: string, length: number): string {
  return text.length <= length ? text : `${cut(text, length)}…`;
}

/**
 * @param fits must hold for every shorter text when it holds for one
 * @returns the longest start of the text that fits, with an ellipsis when it is not the whole
 */
export function longestFitting(text: string, fits: (candidate: string) => boolean): string {
  if (fits(text)) return text;
  const length = greatest(text.length, (candidate) => fits(clip(text, candidate)));
  return length === 0 ? '' : clip(text, length);
}

/** @returns the greatest number from 1 to `limit` that holds, 0 for none; found by halving */
export function greatest(limit: number, holds: (candidate: number) => boolean): number {
  let low = 0;
  let high = limit;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

function cut(text: string, length: number): string {
  const start = text.slice(0, length);
  return /[\uD800-\uDBFF]$/.test(start) ? start.slice(0, -1) : start;
}
