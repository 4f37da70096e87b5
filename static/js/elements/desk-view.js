// What the desk shows of a wall's posts, and in which words. Pure.

import { networkName } from "../core/networks.js";
import { ago, clock } from "../core/time.js";
import { matcher } from "./live-filter.js";
import { hostOf } from "./live-links.js";

export const TABS = ["pending", "approved", "hidden"];
export const STATUS = { pending: "Waiting", approved: "On the wall", hidden: "Hidden", copy: "On the wall, within another post" };

/** Conditions of a source as a word, and the tone of its dot: "ok", "busy" or "bad". */
const CONDITIONS = {
  live: ["live", "ok"], starting: ["starting", "busy"], behind: ["catching up", "busy"], waiting: ["waiting", "busy"],
  stale: ["silent", "bad"], refused: ["refused", "bad"], down: ["not reachable", "bad"], stopped: ["stopped", "bad"],
};

/** The list in which a post is: a copy is where the note is that it says again. */
export const tabOf = ({ status }) => (status === "copy" ? "approved" : status);

/** Whether a post is one of several of the same note, or a moderator set it apart from them. */
export const isShared = ({ copy_of: lead, also = [], apart = false }) => Boolean(lead) || also.length > 0 || apart;

/** Posts by status, newest first, as far as the words match: `{pending: […], approved: […], hidden: […]}`. */
export function tabsOf(posts, words) {
  const matches = matcher({ words, media: false, languages: new Set() });
  const tabs = Object.fromEntries(TABS.map((tab) => [tab, []]));
  for (const post of posts) {
    if (matches(post)) tabs[tabOf(post)]?.push(post);
  }
  return tabs;
}

const number = new Intl.NumberFormat("en");
const many = (count, one, more) => `${number.format(count)} ${count === 1 ? one : more}`;
const DAY = 86_400_000;

/** How old an account is: "4 years old", "3 days old", "made today". "" when nobody said. */
export function ageWords(iso, nowMs) {
  const days = Math.floor((nowMs - Date.parse(iso)) / DAY);
  if (Number.isNaN(days)) return "";
  if (days < 1) return "made today";
  if (days < 60) return `${many(days, "day", "days")} old`;
  return days < 730 ? `${Math.floor(days / 30.4)} months old` : `${Math.floor(days / 365.25)} years old`;
}

/** What is known of the account, as far as its network said: "4 years old, 2,310 posts, 120 followers". */
export function accountOf({ created_at: made = null, posts = null, followers = null }, bot, nowMs) {
  return [ageWords(made, nowMs), posts !== null && many(posts, "post", "posts"), followers !== null && many(followers, "follower", "followers"), bot && "says it is a bot"]
    .filter(Boolean).join(", ");
}

const STANDINGS = { listed: "listed: goes straight on", blocked: "blocked" };

/** What else the wall has of somebody: "3 more shown, 1 more hidden; known since 14:02". */
export function hereOf({ standing = "", approved_at: approved = null, shown = 0, hidden = 0, waiting = 0 }) {
  const others = [[shown, "shown"], [hidden, "hidden"], [waiting, "waiting"]].filter(([count]) => count);
  const counts = others.length ? others.map(([count, word]) => `${number.format(count)} more ${word}`).join(", ") : "nothing else";
  const known = STANDINGS[standing] ?? (approved ? `known since ${clock(Date.parse(approved))}` : "");
  return [counts, known].filter(Boolean).join("; ");
}

/** The id that is looked at after `id`: the next in the list, at its end the one before, or null. */
export function neighbour(ids, id, step = 1) {
  const at = ids.indexOf(id);
  if (at < 0) return ids[0] ?? null;
  return ids[at + step] ?? null;
}

export const afterAction = (ids, id) => neighbour(ids, id, 1) ?? neighbour(ids, id, -1);

/** What else this author has on the wall: "2 on the wall, 1 hidden". */
export function alsoFrom(posts, post) {
  const others = posts.filter(({ id, author }) => id !== post.id && author.handle === post.author.handle);
  if (!others.length) return "nothing, it is their first here";
  const parts = TABS.map((tab) => [others.filter((other) => tabOf(other) === tab).length, STATUS[tab].toLowerCase()]);
  return parts.filter(([count]) => count).map(([count, word]) => `${count} ${word}`).join(", ");
}

const dateFormat = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

/** Whether it was written on the wall's own page: there is no account behind it, and no other place to read it. */
export const isOurs = ({ network }) => network === "form";

function accountWords(post, more, nowMs) {
  if (isOurs(post)) return "none: anybody may have typed that name";
  return accountOf(more?.person ?? {}, post.author.bot, nowMs);
}

const talkWords = ({ session, why }) => [[session.title, session.room].filter(Boolean).join(", "), why].filter(Boolean);

function copiesWords({ apart }, more) {
  if (apart) return "set apart by a moderator: it is no copy, and has none";
  return more?.copies ? `${many(more.copies, "other person", "other people")} said nearly the same within ten minutes` : "";
}

/**
 * Everything about a post that its card does not say: `[name, words or list of words]` pairs. `more` is what the service tells of this one
 * post (docs/protocol.md), or null; `talk` the session it belongs to, with a sentence that says why, or null.
 */
export function factsOf(post, posts, { more = null, talk = null, nowMs = Date.now() } = {}) {
  const server = isOurs(post) ? "" : hostOf(post.url);
  const network = networkName(post.network);
  const reasons = more?.reasons?.map(({ sentence }) => sentence) ?? [];
  return [
    ["Status", STATUS[post.status] + (post.pinned ? ", pinned" : "")],
    [post.status === "approved" ? "It waited" : "Why", reasons.length ? reasons : post.rule],
    ["Talk", talk ? talkWords(talk) : ""],
    ["From", server && server !== network ? `${network}, ${server}` : network],
    ["Found on", more?.found_on?.join(", ") ?? ""],
    ["Also on", (post.also ?? []).map(({ network: other, handle }) => `${networkName(other)} (@${handle})`).join(", ")],
    ["Copies", copiesWords(post, more)],
    ["Account", accountWords(post, more, nowMs)],
    ["From them here", isOurs(post) ? "" : more?.person ? hereOf(more.person) : alsoFrom(posts, post)],
    ["Written", dateFormat.format(Date.parse(post.created_at))],
    ["Edited", post.edited_at ? dateFormat.format(Date.parse(post.edited_at)) : ""],
    ["Answers", post.is_reply ? "a reply to another post" : ""],
  ].filter(([, words]) => words.length > 0);
}

/** The server that is most likely meant when one of a post is to be blocked: the one it links to, else that of its author. */
export function telling({ spans = [], author, url }) {
  const link = spans.find(({ kind, href }) => kind === "link" && hostOf(href));
  return link ? hostOf(link.href) : author.handle.split("@")[1] ?? hostOf(url);
}

/** "mastodon:fedi.example" is "Mastodon, fedi.example". */
export function sourceName(name) {
  const [network, ...rest] = name.split(":");
  return [networkName(network), rest.join(":")].filter(Boolean).join(", ");
}

/** A source's state as a reader takes it: `{tone, word, sentence}`. */
export function sourceState({ condition, detail, until, since, failures, last_arrival_at: last }, nowMs) {
  const [word, tone] = CONDITIONS[condition] ?? [condition, "busy"];
  const wait = condition === "waiting" && until ? ` until ${clock(Date.parse(until))}` : "";
  const from = tone === "bad" && since ? ` since ${clock(Date.parse(since))}` : "";
  const tries = failures > 1 ? `${failures} tries failed.` : "";
  const age = last ? ago(last, nowMs) : "";
  const latest = age && (age === "now" ? "Last post just now." : `Last post ${age} ago.`);
  return { tone, word: word + wait + from, sentence: [detail, tries, latest].filter(Boolean).join(" ") };
}
