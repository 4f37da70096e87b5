// Plain words at the edge of the desk: what went wrong and what to do.

import { el } from "./dom.js";

const STAYS = 8_000;
const MOST = 3;

/** Shows a sentence in `box`. `stays`: until it is closed, for what must not be missed. `act`: `[words, run]`, a button beside it. */
export function toast(box, text, { stays = false, act = null } = {}) {
  for (const old of [...box.children]) if (old.dataset.text === text) old.remove();
  const close = el("button", "toast__close", "Close");
  const doing = act && el("button", "button", act[0]);
  const node = el("div", "toast", el("p", "", text), doing, close);
  node.dataset.text = text;
  for (const button of [close, doing]) if (button) Object.assign(button, { type: "button" });
  close.addEventListener("click", () => node.remove());
  doing?.addEventListener("click", () => { node.remove(); act[1](); });
  box.append(node);
  while (box.children.length > MOST) box.firstElementChild.remove();
  if (!stays) setTimeout(() => node.remove(), STAYS);
}
