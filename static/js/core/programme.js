// Which talk a post belongs to: by what it names, and by when it was written.

/** Milliseconds before its start and after its end in which a talk is written about. */
export const MARGIN = 15 * 60_000;
/** A word of a title is rare when at most this many talks have it in theirs. */
const RARE = 2;

const segmenter = typeof Intl.Segmenter === "function" ? new Intl.Segmenter(undefined, { granularity: "word" }) : null;
const known = new WeakMap();

/**
 * The talk that a post (as on the wire) is about, and a sentence that says why; null when nothing or no one talk stands out.
 * A talk's own hashtag or code says it at any time; people, words of its title and its room only while it runs, ± 15 minutes.
 * The same list of sessions is taken apart once.
 */
export function sessionOf(post, sessions) {
  const told = wordsOf(post);
  const at = Date.parse(post.created_at);
  const found = marksOf(sessions).map((marks) => judged(marks, told, at)).filter(({ points }) => points > 0);
  const [best, next] = found.sort((a, b) => b.points - a.points || a.away - b.away);
  if (!best || (next && next.points === best.points && next.away === best.away)) return null;
  return { session: best.session, why: `It ${best.reasons.join(" and ")}.` };
}

function judged({ session, from, until, tags, code, handles, names, rare, room }, told, at) {
  const away = Math.max(from - at, at - until, 0);
  const reasons = [];
  let points = 0;
  const count = (worth, reason) => { points += worth; reasons.push(reason); };
  const tag = tags.find((one) => told.hashtags.has(one));
  if (tag) count(16, `has the talk's hashtag #${tag}`);
  else if (code && (told.hashtags.has(code) || told.codes.has(code.toUpperCase()))) count(16, `names the talk's code ${code}`);
  if (away <= MARGIN) {
    const handle = handles.find((one) => told.handles.has(one));
    const name = names.find(([, folded]) => told.text.includes(folded));
    if (handle) count(8, handle === told.author ? "is by who speaks" : `names @${handle}, who speaks`);
    else if (name) count(8, `names ${name[0]}, who speaks`);
    const words = rare.filter((word) => told.text.includes(` ${word} `));
    if (words.length >= 2) count(2 * words.length, `says ${words.slice(0, 3).map((word) => `“${word}”`).join(", ")}, as the title does`);
    if (room && told.text.includes(room)) count(2, `names the room ${session.room}`);
  }
  return { session, points, away, reasons };
}

/** What of a post can point to a talk. */
function wordsOf(post) {
  const text = post.text ?? "";
  const author = post.author?.handle?.toLowerCase() ?? "";
  const handles = [author, ...(text.toLowerCase().match(/(?<=@)[\p{L}\p{N}_.-]+@?[\p{L}\p{N}.-]+\.\p{L}+/gu) ?? [])];
  for (const { kind, href } of post.spans ?? []) if (kind === "mention") handles.push(...accounts(href));
  return {
    text: phrase(text),
    author,
    hashtags: new Set(post.hashtags),
    codes: new Set(text.match(/(?<![\p{L}\p{N}])[A-Z0-9]{3,16}(?![\p{L}\p{N}])/gu)),
    handles: new Set(handles.filter(Boolean)),
  };
}

/** The account behind a mention's address: `https://fedi.example/@ada`, `https://bsky.app/profile/ada.example`. */
function accounts(href) {
  const [, host, user] = /^https?:\/\/([^/]+)\/@([^/@]+)(?:@[^/]+)?\/?$/i.exec(href ?? "") ?? [];
  const [, handle] = /^https?:\/\/bsky\.app\/profile\/([^/]+)\/?$/i.exec(href ?? "") ?? [];
  return [user && `${user}@${host}`, handle].filter(Boolean).map((one) => one.toLowerCase());
}

function marksOf(sessions) {
  if (!known.has(sessions)) known.set(sessions, marked(sessions));
  return known.get(sessions);
}

function marked(sessions) {
  const titles = sessions.map(({ title }) => new Set(tokens(title).filter(telling)));
  const often = new Map();
  for (const word of titles.flatMap((words) => [...words])) often.set(word, (often.get(word) ?? 0) + 1);
  return sessions.map((session, index) => ({
    session,
    from: Date.parse(session.starts_at),
    until: Date.parse(session.ends_at),
    tags: session.tags ?? [],
    code: telltale(session.code ?? ""),
    handles: session.handles ?? [],
    names: (session.speakers ?? []).map((name) => [name, phrase(name)]).filter(([, folded]) => folded.trim().length >= 5),
    rare: [...titles[index]].filter((word) => often.get(word) <= RARE),
    room: (session.room ?? "").length >= 3 ? phrase(session.room) : "",
  }));
}

/** Codes that people write, like 7KQX3P; bare numbers and long names of machines are in no post, or mean something else. */
const telltale = (code) => (/^(?=.*[A-Z])[A-Z0-9]{3,16}$/i.test(code) ? code.toLowerCase() : "");

/** Short words are in every title; scripts without spaces say much in two signs. */
const telling = (word) => word.length >= (/^[\p{sc=Latin}\p{sc=Cyrillic}\p{sc=Greek}\p{N}]+$/u.test(word) ? 5 : 2);

/** Words without case and accents between single spaces, so that whole words are found by `includes`. */
const phrase = (text) => ` ${tokens(text).join(" ")} `;

function tokens(text) {
  const folded = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  if (!segmenter) return folded.match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...segmenter.segment(folded)].filter(({ isWordLike }) => isWordLike).map(({ segment }) => segment);
}
