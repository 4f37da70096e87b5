// Characters as people count them.

const segmenter = typeof Intl.Segmenter === "function" ? new Intl.Segmenter(undefined, { granularity: "grapheme" }) : null;

/** How many characters a text has: a family emoji is one, a letter with its accents too. Code points where a browser cannot tell. */
export function graphemes(text) {
  let count = 0;
  for (const _ of segmenter ? segmenter.segment(text) : text) count += 1;
  return count;
}
