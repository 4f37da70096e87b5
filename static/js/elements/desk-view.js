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

function accountWords(post) {
  if (isOurs(post)) return "none: anybody may have typed that name";
  return post.author.bot ? "says it is a bot" : "";
}

/** Everything about a post that its card does not say: `[name, words]` pairs. */
export function factsOf(post, posts) {
  const server = isOurs(post) ? "" : hostOf(post.url);
  const network = networkName(post.network);
  return [
    ["Status", STATUS[post.status] + (post.pinned ? ", pinned" : "")],
    ["Why", post.rule],
    ["From", server && server !== network ? `${network}, ${server}` : network],
    ["Also on", (post.also ?? []).map(({ network: other, handle }) => `${networkName(other)} (@${handle})`).join(", ")],
    ["Copies", post.apart ? "set apart by a moderator: it is no copy, and has none" : ""],
    ["Account", accountWords(post)],
    ["Also from them", isOurs(post) ? "" : alsoFrom(posts, post)],
    ["Written", dateFormat.format(Date.parse(post.created_at))],
    ["Edited", post.edited_at ? dateFormat.format(Date.parse(post.edited_at)) : ""],
    ["Answers", post.is_reply ? "a reply to another post" : ""],
  ].filter(([, words]) => words);
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
