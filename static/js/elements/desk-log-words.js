// The log of the crew in words: who did what, and what became of it. Pure.

const POST = { hide: "hid", show: "showed", pin: "pinned", unpin: "unpinned", apart: "set apart", together: "put together", later: "put off", now: "took back into the queue", block: "blocked the author of" };
const MODES = { hybrid: "let first posts wait", review: "let everything wait", open: "let posts go on at once", freeze: "froze the wall" };
const STANDINGS = { listed: "listed a person", blocked: "blocked a person", "": "freed a person" };
const OTHERS = {
  "notice.add": "put up a notice", "notice.change": "changed a notice", "notice.remove": "took a notice away", "notice.image": "gave a notice its picture",
  "screen.add": "added a screen", "screen.change": "changed a screen", "screen.remove": "took a screen away", "screen.identify": "asked a screen which it is", "screen.reload": "had a screen load anew", "screen.link": "made a new link for a screen",
  "session.open": "signed in", "session.end": "ended a session", "session.end_all": "signed out everywhere",
  "account.add": "joined the crew", "account.change": "changed an account", "account.remove": "took somebody out of the crew", "invite.make": "made an invite", "invite.take_back": "took an invite back", "set_up": "set the wall up",
};
const number = new Intl.NumberFormat("en");
const countOf = (state) => Object.keys(state?.posts ?? {}).length;

/** A line about a rule holds rules by their ids, null where there was none. */
function ruleWords(line) {
  const [before, after] = [line.before, line.after].map((side) => Object.values(side ?? {})[0] ?? null);
  const rule = after ?? before;
  const said = rule?.values?.length ? ` “${rule.values.slice(0, 2).join("”, “")}”${rule.values.length > 2 ? " …" : ""}` : "";
  const did = !after ? "took away" : !before ? "added" : before.on !== after.on ? (after.on ? "switched on" : "switched off") : "changed";
  return `${did} the rule ${rule?.kind ?? ""}${said}`.trim();
}

/** A decision on thousands of posts is many lines about one batch: they are read, and taken back, as one. Lines are newest first. */
export function joined(lines) {
  const out = [];
  for (const line of lines) {
    const last = out.at(-1);
    if (last && line.action.includes("posts.") && last.action === line.action && last.target === line.target) {
      last.before = { posts: { ...last.before.posts, ...line.before.posts } };
      last.after = { posts: { ...last.after.posts, ...line.after.posts } };
    } else {
      out.push({ ...line });
    }
  }
  return out;
}

/** What a line says was done: `{words, post}`; `post` is the id of the post that it is about, or "". */
export function deedOf({ action, target, before, after }) {
  const [kind, verb, ...rest] = action.split(".");
  if (kind === "undo") {
    const { words, post } = deedOf({ action: [verb, ...rest].join("."), target, before: after, after: before });
    return { words: `took back: ${words}`, post };
  }
  if (kind === "post") return { words: POST[verb] ?? `${verb}:`, post: target };
  if (kind === "posts") return { words: `${POST[verb] ?? verb} ${number.format(countOf(after))} ${countOf(after) === 1 ? "post" : "posts"}`, post: "" };
  if (action === "mode") return { words: MODES[after?.mode] ?? "changed the mode", post: "" };
  if (action === "spotlight") return after ? { words: "gave the spotlight to", post: typeof after === "string" ? after : target } : { words: "ended the spotlight", post: "" };
  if (action === "person") return { words: STANDINGS[after?.standing ?? ""] ?? "changed what is thought of a person", post: "" };
  if (action === "rule") return { words: ruleWords({ before, after }), post: "" };
  if (action === "rules") return { words: `took in ${number.format(Object.keys(after ?? {}).length)} rules from a file`, post: "" };
  return { words: OTHERS[action] ?? action.replace(/[._]/g, " "), post: "" };
}

/** Whether a line can be taken back from the desk: what changed something, and was not taken back. */
export const canUndo = ({ action, undone, undoes, before, after }) =>
  !undone && !undoes && /^(posts?\.|(mode|person|rules?)$|notice)/.test(action) && JSON.stringify(before) !== JSON.stringify(after);

/** The newest line of somebody that can be taken back, or null. Lines are newest first. */
export const lastOf = (lines, who) => lines.find((line) => line.who === who && canUndo(line)) ?? null;

/** The mode that held before this one was switched to, as far as these lines tell; else null. Lines are newest first. */
export function modeBefore(lines, mode) {
  const turn = lines.find(({ action, after }) => (action === "mode" || action === "undo.mode") && after?.mode === mode);
  return turn?.before?.mode ?? null;
}

/** What the screens said about something that was taken away: "gone from 4 of 4 screens, 180 ms", or who has not confirmed. "" without screens. */
export function proofWords(proof) {
  if (!proof || proof.of === 0) return "";
  const { missing = [], of: all, by, ms } = proof;
  if (missing.length) return `${by} of ${all} screens have confirmed: ${missing.join(", ")} ${missing.length === 1 ? "has" : "have"} not`;
  return `gone from ${by} of ${all} ${all === 1 ? "screen" : "screens"}${ms === null ? "" : `, ${number.format(ms)} ms`}`;
}
