// The page behind a screen's link: signs this browser in as that screen and goes on to its wall. Nobody may stand beside it with a mouse.

import { get, post } from "../core/api.js";
import { setText } from "../elements/dom.js";

const AGAIN_AFTER = 5_000;
const USED = "This link was used already or is too old.";
const NEW_LINK = "Ask for a new one at the desk, under Screens.";

const byId = (id) => document.getElementById(id);
const token = location.hash.slice(1);

function say(line, problem = "") {
  setText(byId("line"), line);
  setText(byId("problem"), problem);
}

/** Who this browser is, `{role, screen}`; null when it is nobody. */
async function whoAmI() {
  try {
    return await get("/session");
  } catch (error) {
    if (error.status === 401) return null;
    throw error;
  }
}

/** A screen goes to its wall; the link does not stay in the browser's history. */
function goOn({ role, screen }) {
  if (role !== "screen") return false;
  if (screen.wall) location.replace(`/wall/${encodeURIComponent(screen.wall)}`);
  else say("This browser is a screen, but its wall is not there any more.", NEW_LINK);
  return true;
}

/**
 * A link that was used is no fault on a screen that starts again with it; it is on any other browser. The link comes first, for it may
 * make another screen of this one.
 */
async function useLink(before) {
  try {
    await post("/session", { token });
  } catch (error) {
    if (error.status === 0 || error.status >= 500) throw error;
    if (before && goOn(before)) return;
    say(error.status === 403 ? USED : error.message, error.status === 403 ? NEW_LINK : error.hint);
    return;
  }
  const now = await whoAmI();
  if (!now) say("This browser keeps no cookies, so it cannot be a screen.", "Allow them for this address, and ask for a new link.");
  else goOn(now);
}

/** The crew would lose the desk in this browser: that is asked first. */
function ask(name) {
  say(`You are signed in${name ? ` as ${name}` : ""}. As a screen, this browser shows the wall, and the desk is closed in it.`);
  byId("go-on").hidden = false;
  byId("go-on").addEventListener("click", () => { byId("go-on").hidden = true; trying(() => useLink(null)); });
}

async function open() {
  const who = await whoAmI();
  if (!token) {
    if (!who || !goOn(who)) say("Open the link that the desk made for this screen.");
  } else if (who && who.role !== "screen") ask(who.name);
  else await useLink(who);
}

/** A service that is not there is waited for: the screen may have been switched on before it. */
async function trying(work) {
  try {
    await work();
  } catch (error) {
    say("This page tries again by itself.", error.message);
    setTimeout(() => trying(work), AGAIN_AFTER);
  }
}

trying(open);
