// Where a post goes on a wall: how many columns there are, and which of them may move. Pure numbers, pixels and milliseconds.

/** In units of the body size, as measured for reading from 20 m. */
export const COLUMN_MIN = 13;
export const COLUMN_GAP = 0.36;
export const PAGE_SIDE = 0.7;
/** A cut text shows at least so many lines, else the card is not shown. */
export const LINES_MIN = 2;

/** The unit in pixels: 4.1 % of the screen's shorter side (its height, but for portrait screens) times the scale. */
export const unit = (width, height, scale) => 0.041 * Math.min(width, height) * scale;

/** How many columns a screen has room for, at least one. */
export function columnCount(screenWidth, unitPx) {
  const room = screenWidth - 2 * PAGE_SIDE * unitPx + COLUMN_GAP * unitPx;
  return Math.max(1, Math.floor(room / ((COLUMN_MIN + COLUMN_GAP) * unitPx)));
}

/**
 * The column that takes the next post: an empty one, else the least recently moved one whose top card had its reading time.
 * Columns are `{empty, movedAt, restUntil}`. Returns an index, or -1 when all are being read.
 */
export function chooseColumn(columns, now) {
  const open = columns.map((column, index) => ({ ...column, index })).filter(({ empty, restUntil }) => empty || restUntil <= now);
  open.sort((a, b) => b.empty - a.empty || a.movedAt - b.movedAt || a.index - b.index);
  return open.length ? open[0].index : -1;
}

/** Columns (`{free}` in px) by the space they have left, most first; ties keep their order. */
export const byRoom = (columns) => [...columns].sort((a, b) => b.free - a.free);

/**
 * Which cards stay when a column is `height` high. Cards from the top: `{height, lines, lineHeight}` (lines 0: cannot be cut).
 * Returns `{stay, lines, left}`: how many cards stay, to how many lines the last of them is cut (null: whole), and what is left in px.
 */
export function fit(cards, height, gap) {
  let used = 0;
  for (const [index, card] of cards.entries()) {
    const top = used + (index ? gap : 0);
    const over = top + card.height - height;
    if (over > 0.5) return cut(card, index, { over, left: height - used, top, height });
    used = top + card.height;
  }
  return { stay: cards.length, lines: null, left: height - used };
}

function cut(card, index, { over, left, top, height }) {
  const lines = card.lines ? card.lines - Math.ceil((over - 0.5) / card.lineHeight) : 0;
  if (lines < LINES_MIN) return { stay: index, lines: null, left };
  const shorter = card.height - (card.lines - lines) * card.lineHeight;
  return { stay: index + 1, lines, left: height - top - shorter };
}
