// The sign-in page: a form, or what stands behind # in the address, where no server and no link preview sees it.

import { get, post } from "../core/api.js";
import { el, setText } from "../elements/dom.js";
import { onSend } from "../elements/sheet.js";

const HINT = ["Run ", el("code", "", "hallway sign-in"), " for a new one."];
const byId = (id) => document.getElementById(id);
const secret = location.hash.slice(1);
const invite = /^invite=(.+)/.exec(secret)?.[1] ?? "";
const token = invite ? "" : secret.replace(/^token=/, "");

/** Where to go afterwards: `?next=` when it is a page of the crew, else the desk of the first wall. */
async function target() {
  const next = new URLSearchParams(location.search).get("next") ?? "";
  const url = URL.canParse(next, location.origin) ? new URL(next, location.origin) : null;
  if (url?.origin === location.origin && /^\/(desk\/|crew$)/.test(url.pathname)) return url.pathname;
  const [wall] = await get("/walls");
  return wall ? `/desk/${encodeURIComponent(wall.slug)}` : null;
}

async function enter() {
  history.replaceState(null, "", location.pathname + location.search);
  const page = await target();
  if (page) return location.replace(page);
  setText(byId("line"), "You are signed in. There is no wall yet.");
  byId("sign-in").hidden = byId("by-password").hidden = true;
}

function showForm() {
  byId("by-password").hidden = false;
  onSend(byId("by-password"), byId("problem"), async () => {
    await post("/session", { name: byId("name").value, password: byId("password").value });
    await enter();
  });
}

async function byLink() {
  byId("sign-in").disabled = true;
  setText(byId("problem"), "");
  try {
    await post("/session", { token });
    await enter();
  } catch (error) {
    if (error.status !== 403) return setText(byId("problem"), `${error.message} ${error.hint ?? ""}`.trim());
    byId("problem").replaceChildren("This link was used already or is too old. ", ...HINT);
    byId("sign-in").hidden = true;
    setText(byId("line"), "Or sign in with your name and your password.");
    showForm();
  } finally {
    byId("sign-in").disabled = false;
  }
}

/** An invited person chooses a name and a password. */
async function byInvite() {
  try {
    const { role, name, made_by: by } = await post("/invites/look", { token: invite });
    const who = by ? `${by} invites you` : "You are invited";
    setText(byId("line"), `${who} to the crew, as ${role}. Choose how you will sign in.`);
    byId("name").value = name;
  } catch (error) {
    return setText(byId("problem"), `${error.message} ${error.hint ?? ""}`.trim());
  }
  setText(byId("password-label"), "A new password");
  byId("password").autocomplete = "new-password";
  byId("password-hint").hidden = false;
  setText(byId("go"), "Join the crew");
  byId("by-password").hidden = false;
  onSend(byId("by-password"), byId("problem"), async () => {
    await post("/invites/claim", { token: invite, name: byId("name").value, password: byId("password").value });
    await enter();
  });
}

/** Without anything in the address the page asks, unless somebody is signed in. */
async function byName() {
  try {
    await get("/session");
    await enter();
  } catch (error) {
    if (error.status !== 401) setText(byId("problem"), `${error.message} ${error.hint ?? ""}`.trim());
    byId("line").replaceChildren("No account? An owner invites you. On the server, ", el("code", "", "hallway sign-in"), " makes a link.");
    showForm();
  }
}

if (invite) byInvite();
else if (token) {
  setText(byId("line"), "This link signs this browser in. It works once.");
  byId("sign-in").hidden = false;
  byId("sign-in").addEventListener("click", byLink);
} else byName();
