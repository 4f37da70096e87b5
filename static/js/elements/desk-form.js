// Small parts that the desk's panels are built of.

import { el } from "./dom.js";

/** A button that runs something; while that is on its way it does not run again. */
export function button(words, run, className = "button") {
  const node = el("button", className, words);
  let busy = false;
  node.type = "button";
  node.addEventListener("click", async () => {
    if (busy) return;
    busy = true;
    try { await run(node); } finally { busy = false; }
  });
  return node;
}

let made = 0;

/** An input, select or textarea with its label; `help` is told with it. */
export function field(words, control, help = "") {
  const id = `field-${(made += 1)}`;
  control.id = id;
  const label = Object.assign(el("label", "field__name", words), { htmlFor: id });
  if (!help) return el("div", "field", label, control);
  control.setAttribute("aria-describedby", `${id}-help`);
  return el("div", "field", label, control, Object.assign(el("p", "field__help", help), { id: `${id}-help` }));
}

/** `options` are `[value, words]` pairs. */
export function select(options, value = "", className = "input") {
  const node = el("select", className, ...options.map(([one, words]) => Object.assign(el("option", "", words), { value: one })));
  node.value = value;
  return node;
}

export function input(type = "text", value = "", more = {}) {
  return Object.assign(el("input", "input"), { type, value, autocomplete: "off", ...more });
}

/** A form that keeps to this page; `send(form)` resolves with true when it may be emptied. */
export function form(className, send, ...children) {
  const node = el("form", className, ...children);
  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await send(node)) node.reset();
  });
  return node;
}

export function submit(words) { return Object.assign(el("button", "button button--main", words), { type: "submit" }); }

/** Sets what a control shows, unless somebody is at it. */
export function show(control, value) {
  if (document.activeElement === control) return;
  if (control.type === "checkbox") control.checked = value;
  else if (control.value !== String(value)) control.value = String(value);
}

/** "2026-11-21T09:30:00Z" as a field for local time wants it; "" for null. */
export function localTime(iso) {
  if (!iso) return "";
  const then = new Date(iso);
  return new Date(then.getTime() - then.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** What a field for local time holds, as the service wants it; null when it is empty. */
export const isoTime = (local) => (local ? new Date(local).toISOString() : null);
