// Keys of the desk; single letters can be switched off (WCAG 2.1.4), arrows and buttons stay.

import { lettersOn } from "./live-keys.js";

const LETTERS = { j: "next", k: "previous", a: "show", h: "hide", p: "pin", t: "tie", z: "undo", "/": "search", "?": "help" };
const ARROWS = { ArrowDown: "next", ArrowUp: "previous" };

/** The action of a key, as `[name, argument]`, or null. A held key repeats only the moves, never a decision. */
export function actionOf({ key, altKey, ctrlKey, metaKey, repeat }, letters) {
  if (altKey || ctrlKey || metaKey) return null;
  if (ARROWS[key]) return [ARROWS[key]];
  if (!letters) return null;
  if (/^[123]$/.test(key)) return ["tab", Number(key) - 1];
  const name = LETTERS[key.toLowerCase()];
  return name && (!repeat || name === "next" || name === "previous") ? [name] : null;
}

/** Calls `does[name](argument)`; keys in fields and dialogs keep their own meaning. */
export function listen(does) {
  document.addEventListener("keydown", (event) => {
    if (event.target instanceof Element && event.target.closest("input, textarea, select, dialog")) return;
    const action = actionOf(event, lettersOn());
    if (!action) return;
    event.preventDefault();
    does[action[0]](action[1]);
  });
}
