// The desk's buttons beneath the post, as far as they fit its state; and the line that says what was done last.

import { isApart, isPinned } from "./desk-acts.js";
import { statusOf } from "./desk-decisions.js";
import { proofWords } from "./desk-log-words.js";
import { isOurs, isShared, tabOf } from "./desk-view.js";
import { setText } from "./dom.js";

const wordsOf = (button, words) => setText(button.querySelector("span"), words);

/** Shows in `pad` what can be done with a post. `some`: how many are ticked. */
export function drawPad(pad, post, { mark, undo, some, lit, later, ticked }) {
  const status = post && (statusOf(post, mark) === post.status ? tabOf(post) : statusOf(post, mark));
  const off = { show: !some && (!post || status === "approved"), hide: !some && (!post || status === "hidden"), pin: !post, spotlight: !post, later: !some && !(post && status === "pending"),
    blockPerson: !post || isOurs(post), blockWord: !post, blockDomain: !post || isOurs(post), tick: !post, undo: !undo };
  for (const button of pad.querySelectorAll("[data-do]")) {
    if (button.dataset.do in off) button.setAttribute("aria-disabled", String(off[button.dataset.do]));
  }
  const part = (name) => pad.querySelector(`[data-do=${name}]`);
  wordsOf(part("show"), some ? `Show ${some}` : "Show");
  wordsOf(part("hide"), some ? `Hide ${some}` : "Hide");
  wordsOf(part("pin"), post && isPinned(post, mark) ? "Unpin" : "Pin");
  wordsOf(part("spotlight"), lit ? "End spotlight" : "Spotlight");
  wordsOf(part("later"), later ? "Now" : "Later");
  wordsOf(part("tick"), ticked ? "Unselect" : "Select");
  const tie = part("tie");
  tie.hidden = !post || !isShared(post);
  wordsOf(tie, isApart(post, mark) ? "Put together with its note" : "Set apart: it is another note");
}

const DID = { hide: "Hidden", show: "Shown", pin: "Pinned", unpin: "Unpinned", apart: "Set apart", together: "Put together", later: "Put off", now: "Back in the queue", block: "Blocked, with all of theirs", undo: "Taken back" };
const ENDINGS = { refused: "refused", unsent: "not sent yet" };

/** The latest deed in words: `{words, proof, undo}`; `proofs` are the desk frame's, `undo` says whether it can be taken back. Pure. */
export function lastWords({ entry, own }, { nameOf, proofs }) {
  if (own) return { words: `${own.words}.`, proof: proofWords(proofs.findLast(({ seq }) => own.seq !== null && seq === own.seq)), undo: own.logs.length > 0 && !own.undone };
  const proof = entry.verb === "hide" || entry.verb === "block" ? proofs.findLast(({ post, seq }) => post === entry.id && entry.seq !== null && seq >= entry.seq) : null;
  const words = `${DID[entry.verb]}: ${nameOf(entry.id) ?? "a post that is gone"}`;
  return { words: ENDINGS[entry.state] ? `${words} (${ENDINGS[entry.state]})` : words, proof: proofWords(proof), undo: !entry.undone && !entry.undoes && entry.state !== "refused" };
}
