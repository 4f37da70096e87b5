// What of the desk can be pressed and typed in: each control calls what it is for. No decisions are taken here.

import { drawHelp, listen } from "./desk-keys.js";
import { keepLetters, lettersOn } from "./live-keys.js";

const byId = (id) => document.getElementById(id);
const onClick = (id, run) => byId(id).addEventListener("click", run);
const chosen = (selector, name, run) => ({ target }) => { const found = target.closest(selector)?.dataset[name]; if (found !== undefined) run(found); };

/** Shows the list, a post or the room where there is no space for all of them. */
export const view = (name) => { document.body.dataset.view = name; };

/** `does` has the actions of keys and buttons by name; `on` what belongs to one control: tab, group, mode, tickAll, order, words, left, find, back, signOut. */
export function bind({ does, on }) {
  listen(does);
  drawHelp(byId("keys"));
  const press = ({ target }) => {
    const button = target.closest("[data-do]");
    if (button && button.getAttribute("aria-disabled") !== "true") does[button.dataset.do]();
  };
  for (const id of ["pad", "ticked", "freeze", "last", "menu"]) onClick(id, press);
  onClick("tabs", chosen("[data-tab]", "tab", on.tab));
  onClick("groups", chosen("[data-reason]", "reason", on.group));
  onClick("modes", chosen("[data-mode]", "mode", on.mode));
  onClick("order", on.order);
  onClick("find-all", on.find);
  onClick("sign-out", on.signOut);
  byId("tick-all").addEventListener("change", ({ target }) => on.tickAll(target.checked));
  byId("words").addEventListener("input", ({ target }) => on.words(target.value));
  byId("words").addEventListener("keydown", ({ key }) => { if (key === "Escape" || key === "Enter") on.left(key); });
  window.addEventListener("popstate", () => { view("list"); on.back(); });
  bindViews();
  bindHelp();
}

function bindViews() {
  onClick("back", () => history.back());
  onClick("wall-button", () => {
    const room = document.body.dataset.view !== "room";
    byId("wall-button").setAttribute("aria-pressed", String(room));
    view(room ? "room" : "list");
  });
  onClick("more", () => {
    const open = byId("more").getAttribute("aria-expanded") !== "true";
    byId("more").setAttribute("aria-expanded", String(open));
    byId("pad").toggleAttribute("data-more", open);
  });
  document.addEventListener("click", ({ target }) => { if (!byId("menu").contains(target)) byId("menu").open = false; });
}

function bindHelp() {
  onClick("help-close", () => byId("help").close());
  byId("letters").checked = lettersOn();
  byId("letters").addEventListener("change", ({ target }) => keepLetters(target.checked));
}
