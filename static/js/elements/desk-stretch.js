// Which stretch of a long list is drawn. Pure.

/** So many rows come at once when an end is near, and so many are there at most. */
export const PAGE = 60;
const MOST = 3 * PAGE;

/** The stretch `[from, to)` of `count` rows that holds the one at `at` (-1: none): moved only when it must be. */
export function stretch({ from, to }, count, at) {
  let [start, end] = [Math.min(from, Math.max(0, count - PAGE)), Math.min(Math.max(to, from + PAGE), count)];
  if (at >= 0 && (at < start || at >= end)) [start, end] = [Math.max(0, at - PAGE / 2), Math.min(count, at + PAGE)];
  return { from: start, to: end };
}

/** The stretch with a page more at one end, and less at the other when it would be too long. */
export function grown({ from, to }, count, down) {
  if (down) {
    const end = Math.min(count, to + PAGE);
    return { from: Math.max(from, end - MOST), to: end };
  }
  const start = Math.max(0, from - PAGE);
  return { from: start, to: Math.min(to, start + MOST) };
}
