// The top of the desk: the screens, who is here, which posts wait, and what the alarm said.

import { clock } from "../core/time.js";
import { el, setText } from "./dom.js";

/** So many screens are named; of more, only those that are lost. */
const NAMED = 2;
const SECOND = 1_000;

/** "40 s", "4 min", "2 h": how long something has lasted. */
export function lasted(ms) {
  const seconds = Math.max(0, Math.round(ms / SECOND));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

/** A screen's state in words: `{name, words, tone}`. Pure. */
export function screenState({ name, online, painted_ms: painted, lost_at: lost, opened = true }, nowMs) {
  if (online) return { name, words: painted === null || painted === undefined ? "connected" : `connected, ${(painted / SECOND).toFixed(1)} s`, tone: "ok" };
  if (lost) return { name, words: `lost ${lasted(nowMs - Date.parse(lost))} ago`, tone: "bad" };
  return { name, words: opened ? "not connected" : "not opened yet", tone: "busy" };
}

/** The screens as the top bar has room for them. Pure. */
export function screensInShort(screens, nowMs) {
  const states = screens.map((screen) => screenState(screen, nowMs));
  if (states.length <= NAMED) return states;
  const bad = states.filter(({ tone }) => tone === "bad");
  const online = states.filter(({ tone }) => tone === "ok").length;
  const rest = { name: `${online} of ${states.length} screens`, words: "connected", tone: online === states.length ? "ok" : online ? "busy" : "bad" };
  return [rest, ...bad.slice(0, NAMED - 1)];
}

/** "Mira, Tom and you". Pure. */
export function hereWords(names, me) {
  const others = names.filter((name) => name !== me);
  if (!others.length) return "";
  return others.length > 3 ? `${others.length} others and you` : `${others.join(", ")} and you`;
}

const WAITS = { review: "Everything waits for you", freeze: "The wall is frozen", open: "Posts go to the wall at once", hybrid: "First posts wait for you" };

/** What stands under the top bar, or null: `{tone, words, acts: [[words, mode, to]]}`. Pure. */
export function stripOf({ mode, since, why, by, unsent, slide }) {
  const from = since ? ` since ${clock(Date.parse(since))}` : "";
  if (unsent) return { tone: "bad", words: `Not sent yet: ${WAITS[mode].toLowerCase()}. It is tried again every second.`, acts: [] };
  if (mode === "freeze") {
    const what = slide ? "The screens show the slide" : "The screens keep what they show, and what you hide still goes";
    return { tone: "frozen", words: `Frozen${from}${by ? ` by ${by}` : ""}. ${what}.`, acts: [[slide ? "Show the last screen" : "Show the slide", "freeze", slide ? "screen" : "slide"], ["Unfreeze", "unfreeze"]] };
  }
  if (mode === "review" && why) return { tone: "alarm", words: `Everything waits${from}: ${why}`, acts: [["Back to normal", "normal"]] };
  return null;
}

function screenNode({ name, words, tone }) {
  const node = el("li", "top__screen", el("span", "dot"), el("bdi", "", `${name} ${words}`));
  node.dataset.tone = tone;
  return node;
}

/** `parts` are the elements by id; `ask(mode, to)` and `freeze()` are called by the buttons of the strip. */
export class Head {
  #parts; #ask; #drawn = "";

  constructor({ parts, ask }) {
    this.#parts = parts;
    this.#ask = ask;
  }

  screens(screens, nowMs) {
    const states = screensInShort(screens, nowMs);
    const key = JSON.stringify(states);
    if (this.#parts.screens.dataset.shows === key) return;
    this.#parts.screens.dataset.shows = key;
    this.#parts.screens.replaceChildren(...states.map(screenNode));
  }

  here(names, me) { setText(this.#parts.here, hereWords(names, me)); }

  mode(state) {
    const { modes, freeze } = this.#parts;
    for (const button of modes.children) button.setAttribute("aria-pressed", String(button.dataset.mode === state.mode));
    const frozen = state.mode === "freeze";
    freeze.setAttribute("aria-pressed", String(frozen));
    setText(freeze.querySelector("span"), frozen ? "Unfreeze" : "Freeze");
    document.body.toggleAttribute("data-frozen", frozen);
    this.#strip(stripOf(state));
  }

  #strip(strip) {
    const key = JSON.stringify(strip);
    if (key === this.#drawn) return;
    this.#drawn = key;
    const box = this.#parts.strip;
    box.dataset.tone = strip?.tone ?? "";
    box.replaceChildren(...(strip ? [el("p", "strip__words", strip.words), ...strip.acts.map((act) => this.#button(act))] : []));
  }

  #button([words, mode, to]) {
    const button = el("button", "button strip__act", words);
    button.type = "button";
    button.addEventListener("click", () => this.#ask(mode, to));
    return button;
  }
}
