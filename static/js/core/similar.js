// How alike two texts are, so that fourteen people who say one thing take one place.

const GRAM = 4;

/** At least this share of common 4-grams makes a near duplicate. */
export const ALIKE = 0.8;

/** The set of 4-grams (code points) of a text, letters and digits only; addresses and hashtags do not count. */
export function grams(text) {
  const bare = text.toLowerCase().replace(/https?:\/\/\S+|[#@][\p{L}\p{N}_.@-]+/gu, " ").replace(/[^\p{L}\p{N}\p{Extended_Pictographic}]+/gu, " ").trim();
  const points = Array.from(bare);
  if (points.length <= GRAM) return new Set(points.length ? [bare] : []);
  return new Set(points.slice(GRAM - 1).map((_, index) => points.slice(index, index + GRAM).join("")));
}

/** Jaccard: common over all, 0 for two empty sets. */
export function likeness(a, b) {
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  if (small.size < ALIKE * large.size) return 0;
  let common = 0;
  for (const gram of small) if (large.has(gram)) common += 1;
  return large.size ? common / (a.size + b.size - common) : 0;
}
