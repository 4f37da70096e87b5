// Made-up items for the tests of the pages.

export function post(no, fields = {}) {
  return {
    id: `p${no}`, kind: "post", seq: no, no, text: `Post number ${no}`, spans: [], media: [], warning: "", sensitive: false, pinned: false, poll: null,
    quote: null, card: null, language: "en", created_at: "2026-11-21T09:30:00Z",
    author: { handle: `author${no}@fedi.example`, name: { text: `Author ${no}`, spans: [] } },
    counts: { reposts: 0, likes: 0, replies: 0, quotes: 0 }, passed_on: { count: 0, by: [] }, ...fields,
  };
}

export const snapshot = (items, { seq = 10, tip = 10, epoch = "e1" } = {}) => ({ kind: "snapshot", epoch, seq, tip, items });
export const changes = (from, seq, items, tip = seq) => ({ kind: "changes", from, seq, tip, items });

/** The same "random" numbers each time (mulberry32). */
export function seeded(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
