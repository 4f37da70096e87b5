// The sign-in page. The token is in the address behind #, where no server and no link preview sees it, and a click uses it.

import { get, post } from "../core/api.js";
import { el, setText } from "../elements/dom.js";

const HINT = ["Run ", el("code", "", "hallway sign-in"), " for a new one."];
const byId = (id) => document.getElementById(id);
const token = location.hash.slice(1).replace(/^token=/, "");

/** Where to go afterwards: `?next=` when it is a page of ours, else the desk of the first wall. */
async function target() {
  const next = new URLSearchParams(location.search).get("next") ?? "";
  const url = URL.canParse(next, location.origin) ? new URL(next, location.origin) : null;
  if (url?.origin === location.origin && url.pathname.startsWith("/desk/")) return url.pathname;
  const [wall] = await get("/walls");
  return wall ? `/desk/${encodeURIComponent(wall.slug)}` : null;
}

function explain(error) {
  if (error.status === 403) byId("problem").replaceChildren("This link was used already or is too old. ", ...HINT);
  else setText(byId("problem"), `${error.message} ${error.hint ?? ""}`.trim());
  byId("sign-in").hidden = error.status === 403;
}

async function enter() {
  const page = await target();
  if (page) return location.replace(page);
  setText(byId("line"), "You are signed in. There is no wall yet.");
  byId("sign-in").hidden = true;
}

async function signIn() {
  byId("sign-in").disabled = true;
  setText(byId("problem"), "");
  try {
    await post("/session", { token });
    history.replaceState(null, "", location.pathname + location.search);
    await enter();
  } catch (error) {
    explain(error);
  } finally {
    byId("sign-in").disabled = false;
  }
}

/** Without a token the page still helps those who are signed in. */
async function withoutToken() {
  try {
    await get("/session");
    await enter();
  } catch (error) {
    if (error.status === 401) byId("line").replaceChildren("Open the sign-in link that was made for you. ", ...HINT);
    else explain(error);
  }
}

byId("sign-in").addEventListener("click", signIn);
byId("sign-in").hidden = token === "";
if (token === "") withoutToken();
