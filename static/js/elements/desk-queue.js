// What waits, in which order and for which reasons, and who is on it. Pure.

/** Reasons for which posts wait, by the code on the wire, as the name of the group; docs/protocol.md. */
const GROUPS = {
  first: "First posts", media: "Pictures", mode: "Everything waits", review: "Everything waits", form: "Written here", copies: "Near copies",
  pace: "Many from one person", word: "Words", author: "Persons", domain: "Servers", network: "Networks", language: "Languages", link: "Links",
  hashtags: "Many hashtags", age: "New accounts", followers: "Few followers", reply: "Replies", bare: "No words of their own", bot: "Bots",
  sensitive: "Sensitive", limited: "Silenced accounts", nostr: "From Nostr",
};

/** The name of the group of posts that wait for this reason; its own code where we know no name. */
const groupName = (reason) => GROUPS[reason] ?? (reason || "Other");

/** Whether a moderator put a post off, and its time has not come. */
export const isLater = ({ later }, nowMs) => Boolean(later) && Date.parse(later) > nowMs;

/** The groups of what waits, the largest first: `[{reason, name, count}]`. */
export function groupsOf(pending) {
  const counts = new Map();
  for (const { reason = "" } of pending) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => ({ reason, name: groupName(reason), count })).sort((a, b) => b.count - a.count || a.name.localeCompare(b.name));
}

/** What waits (given newest first), as it is worked on: of one reason or of all, oldest or newest first, what was put off at the end. */
export function queueOf(pending, { oldest = false, reason = null, nowMs }) {
  const ours = reason === null ? [...pending] : pending.filter((post) => (post.reason ?? "") === reason);
  if (oldest) ours.reverse();
  if (!ours.some((post) => isLater(post, nowMs))) return ours;
  const put = ours.filter((post) => isLater(post, nowMs)).sort((a, b) => Date.parse(a.later) - Date.parse(b.later));
  return [...ours.filter((post) => !isLater(post, nowMs)), ...put];
}

/** The ids from one to another in the list, both included, whichever stands first; only the second when the first is not there. */
export function between(ids, from, to) {
  const [a, b] = [ids.indexOf(from), ids.indexOf(to)];
  if (b < 0) return [];
  if (a < 0) return [to];
  return ids.slice(Math.min(a, b), Math.max(a, b) + 1);
}

/** Who else is on a post, as the page says it: "Mira is on this", or "". Claims are soft and end by themselves. */
export function claimWords(claims, id, { me, nowMs }) {
  const names = claims.filter((claim) => claim.post === id && claim.by !== me && Date.parse(claim.until) > nowMs).map(({ by }) => by);
  if (!names.length) return "";
  return `${names.join(" and ")} ${names.length === 1 ? "is" : "are"} on this`;
}

const WORD = /[\p{L}\p{M}\p{N}'’-]+/gu;
const LONG_ENOUGH = 4;
const SAMPLE = 400;

/** The words of a text without its links, mentions and hashtags, each once. */
export function wordsOf({ text, spans = [] }) {
  const points = Array.from(text);
  for (const { start, end } of spans) points.fill(" ", start, end);
  const plain = points.join("").replace(/https?:\S+/g, " ").replace(/[#@][\p{L}\p{M}\p{N}_@.]+/gu, " ");
  return [...new Set(plain.match(WORD)?.map((word) => word.toLocaleLowerCase()) ?? [])].filter((word) => !/^\d+$/.test(word));
}

/** The word that tells this post from what is on the wall: common in what waits, rare in what is shown; else its longest. "" without words. */
export function tellingWord(post, { waiting, shown }) {
  const [theirs, ours] = [tally(waiting), tally(shown)];
  const words = wordsOf(post).map((word) => ({ word, score: score(word, theirs, ours) }));
  words.sort((a, b) => b.score - a.score || b.word.length - a.word.length);
  return words[0]?.word ?? "";
}

const score = (word, theirs, ours) => (Array.from(word).length < LONG_ENOUGH ? -1 : (1 + (theirs.get(word) ?? 0)) / (1 + 4 * (ours.get(word) ?? 0)));

function tally(posts) {
  const counts = new Map();
  for (const post of posts.slice(0, SAMPLE)) for (const word of wordsOf(post)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
