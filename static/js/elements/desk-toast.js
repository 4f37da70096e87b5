// Plain words at the edge of the desk: what went wrong and what to do.

import { el } from "./dom.js";

const STAYS = 8_000;
const MOST = 3;

/** Shows a sentence in `box`. `stays`: until it is closed, for what must not be missed. */
export function toast(box, text, { stays = false } = {}) {
  for (const old of [...box.children]) if (old.dataset.text === text) old.remove();
  const close = el("button", "toast__close", "Close");
  const node = el("div", "toast", el("p", "", text), close);
  node.dataset.text = text;
  close.type = "button";
  close.addEventListener("click", () => node.remove());
  box.append(node);
  while (box.children.length > MOST) box.firstElementChild.remove();
  if (!stays) setTimeout(() => node.remove(), STAYS);
}
