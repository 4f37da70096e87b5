// Keys of the desk; single letters can be switched off (WCAG 2.1.4), arrows and buttons stay.

import { el } from "./dom.js";
import { lettersOn } from "./live-keys.js";

const LETTERS = { j: "next", k: "previous", a: "show", h: "hide", p: "pin", s: "spotlight", l: "later", b: "blockPerson", w: "blockWord", d: "blockDomain",
  x: "tick", t: "tie", z: "undo", f: "freeze", c: "calm", "/": "search", "?": "help" };
const ARROWS = { ArrowDown: "next", ArrowUp: "previous" };
const HELP = [
  ["J ↓", "next post"], ["K ↑", "post before"], ["A", "show it on the wall"], ["H", "hide it from every screen"], ["P", "pin it, or let it go"],
  ["S", "spotlight: large on every screen for 20 s"], ["L", "later: to the end of the queue for 10 min"], ["B", "block the person, with all of theirs"],
  ["W", "block a word"], ["D", "block a server"], ["X", "select; then A, H and L act on all that are selected"], ["⇧ X", "select from there to here"],
  ["T", "set a copy apart from its note, or put it back"], ["Z", "undo what you did last"], ["F", "freeze the wall, or unfreeze it"],
  ["C", "calm stage screens, or back"], ["1 2 3", "waiting, on the wall, hidden"], ["/", "search"], ["Esc", "clear the selection"], ["?", "this list"],
];

/** The action of a key, as `[name, argument]`, or null. A held key repeats only the moves, never a decision. */
export function actionOf({ key, altKey, ctrlKey, metaKey, shiftKey, repeat }, letters) {
  if (altKey || ctrlKey || metaKey) return null;
  if (ARROWS[key]) return [ARROWS[key]];
  if (key === "Escape") return ["untick"];
  if (!letters) return null;
  if (/^[123]$/.test(key)) return ["tab", Number(key) - 1];
  const name = LETTERS[key.toLowerCase()];
  if (!name || (repeat && name !== "next" && name !== "previous")) return null;
  return name === "tick" && shiftKey ? [name, "range"] : [name];
}

const FIELDS = "input:not([type=checkbox]), textarea, select, dialog";

/** Calls `does[name](argument)`; keys in fields and dialogs keep their own meaning. */
export function listen(does) {
  document.addEventListener("keydown", (event) => {
    if (event.target instanceof Element && event.target.closest(FIELDS)) return;
    const action = actionOf(event, lettersOn());
    if (!action) return;
    event.preventDefault();
    does[action[0]](action[1]);
  });
}

/** The list of all keys. */
export function drawHelp(list) {
  list.replaceChildren(...HELP.map(([keys, words]) => {
    const names = keys.split(" ").flatMap((key) => [el("kbd", "", key), " "]);
    return el("div", "", el("dt", "", ...names), el("dd", "", words));
  }));
}
