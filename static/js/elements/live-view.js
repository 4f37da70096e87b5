// What a reader is shown of the posts a page holds. Pure.

/** So many cards are drawn at first, and so many more each time the end comes near. */
export const PAGE = 40;

/** Above this, the number of viewers is rounded: it is a crowd, not a count. */
const EXACT = 50;
const number = new Intl.NumberFormat("en");

/**
 * Parts posts (newest first) at `top`, the highest `no` the reader has let in.
 * @returns {{pinned: object[], waiting: object[], shown: object[], older: boolean}} `waiting` is what the pill counts.
 */
export function part(posts, { top, count, matches }) {
  const pinned = posts.filter((post) => post.pinned && matches(post));
  const others = posts.filter((post) => !post.pinned && matches(post));
  const waiting = others.filter((post) => post.no > top);
  const open = others.slice(waiting.length);
  return { pinned, waiting, shown: open.slice(0, count), older: open.length > count };
}

/** Whether a new version says something else, not only bigger numbers. */
export function saysOther(before, after) {
  const words = ({ author, text, spans, warning, sensitive, media, card, quote }) =>
    JSON.stringify([author, text, spans, warning, sensitive, media, card, quote]);
  return words(before) !== words(after);
}

export const newPosts = (count) => (count === 1 ? "1 new post" : `${number.format(count)} new posts`);

/** "214 viewers" are "210 watching": exact up to 50, then to tens, from 1000 on to hundreds. */
export function watching(viewers) {
  const step = viewers <= EXACT ? 1 : viewers < 1000 ? 10 : 100;
  return `${number.format(Math.round(viewers / step) * step)} watching`;
}

/** What a reader is told while there is no connection. `full`: the house is; `until`: time of day of the last news, or null when nothing is shown. */
export function away({ full, until }) {
  const why = full ? "Many people are here already." : "No connection just now.";
  const again = full || until === null ? " This page tries again by itself." : "";
  return `${why}${again}${until === null ? "" : ` Showing posts until ${until}.`}`;
}

/** The people who wrote, each once, latest first: `{author, posts}`. */
export function people(posts, most) {
  const known = new Map();
  for (const { author } of posts) {
    const entry = known.get(author.handle) ?? { author, posts: 0 };
    entry.posts += 1;
    known.set(author.handle, entry);
  }
  return { count: known.size, latest: [...known.values()].slice(0, most) };
}
