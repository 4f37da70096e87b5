// The owner's page: what the service says of the crew is shown as it is; every button is one request, and then it is asked anew.

import { del, get, patch, post } from "../core/api.js";
import { ago } from "../core/time.js";
import { el, setText } from "../elements/dom.js";
import { copyFrom, onSend } from "../elements/sheet.js";

const byId = (id) => document.getElementById(id);
const ROLES = { owner: "owner", moderator: "moderator", screen: "screen" };
const SURE_MS = 4_000;

/** A button that asks once more, on itself, before it does what cannot be taken back at once. */
function button(text, name, work, { sure = "" } = {}) {
  const made = el("button", "button", text);
  made.type = "button";
  made.ariaLabel = `${text}: ${name}`;
  let asked = 0;
  made.addEventListener("click", () => {
    if (sure && Date.now() - asked > SURE_MS) {
      asked = Date.now();
      setText(made, sure);
      made.ariaLabel = `${sure} ${name}`;
      return;
    }
    run(work);
  });
  return made;
}

function row(name, more, ...buttons) {
  const who = el("div", "row__who", el("bdi", "row__name", name), el("span", "row__more", more));
  return el("li", "row", who, el("div", "buttons", ...buttons));
}

function personRow(account, you) {
  const { id, name, role, closed } = account;
  const means = closed ? "closed" : account.password ? ROLES[role] : `${ROLES[role]}, signs in by links only`;
  const other = role === "owner" ? "moderator" : "owner";
  const change = (body) => () => patch(`/crew/${id}`, body);
  const buttons = closed
    ? [button("Open again", name, change({ closed: false }))]
    : [button("New link", name, () => showLink(`/crew/${id}/link`, {}, name)), button(`Make ${other}`, name, change({ role: other }), { sure: "Really?" }), button("Close", name, change({ closed: true }), { sure: "Really?" })];
  return row(id === you ? `${name} (you)` : name, means, ...buttons);
}

function inviteRow({ id, name, role, made_by: by, expires_at: until }) {
  const hours = Math.max(0, Math.round((Date.parse(until) - Date.now()) / 3_600_000));
  const more = [ROLES[role], by && `by ${by}`, `${hours} h left`].filter(Boolean).join(", ");
  return row(name || "Somebody", more, button("Take back", name || "the invite", () => del(`/crew/invites/${id}`)));
}

function browserName(agent) {
  const known = ["Firefox", "Edg", "OPR", "Chrome", "Safari"].find((word) => agent.includes(word)) ?? "a browser";
  const system = ["Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux"].find((word) => agent.includes(word));
  const name = { Edg: "Edge", OPR: "Opera" }[known] ?? known;
  return system ? `${name}, ${system}` : name;
}

function sessionRow({ id, name, role, agent, used_at: used, here }) {
  const when = role === "screen" ? "a screen" : here ? "this browser" : `used ${ago(used, Date.now())}`.replace("used now", "used just now");
  const end = here ? [] : [button("Sign out", name, () => del(`/crew/sessions/${id}`))];
  return row(name, `${browserName(agent)}, ${when}`, ...end);
}

async function show() {
  const crew = await get("/crew");
  byId("people").replaceChildren(...crew.accounts.map((account) => personRow(account, crew.you)));
  byId("invites").replaceChildren(...crew.invites.map(inviteRow));
  byId("invites-part").hidden = crew.invites.length === 0;
  byId("sessions").replaceChildren(...crew.sessions.map(sessionRow));
}

function explain(error) {
  if (error.status === 401) return location.replace("/sign-in?next=%2Fcrew");
  return setText(byId("problem"), `${error.message} ${error.hint ?? ""}`.trim());
}

async function run(work) {
  setText(byId("problem"), "");
  try {
    await work();
    await show();
  } catch (error) {
    explain(error);
  }
}

async function showLink(path, body, name) {
  const { link } = await post(path, body);
  byId("made-link").value = link;
  setText(byId("made-label"), name ? `The link for ${name}` : "The link");
  byId("made").hidden = false;
  byId("made-link").focus();
}

onSend(byId("invite"), byId("problem"), async () => {
  const name = byId("name").value.trim();
  await showLink("/crew/invites", { role: byId("role").value, name }, name);
  byId("name").value = "";
  await show();
});
byId("copy").addEventListener("click", () => copyFrom(byId("made-link"), byId("copy")));
byId("leave").addEventListener("click", () => run(async () => {
  await del("/session");
  location.replace("/sign-in");
}));
byId("leave-all").addEventListener("click", () => run(async () => {
  await del("/sessions");
  location.replace("/sign-in");
}));
run(async () => {});
