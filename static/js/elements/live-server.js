// The dialog that asks once for one's own server, and goes there to answer, pass on or post.

import { setText } from "./dom.js";
import { interactAt, serverOf, shareAt, shareOnBluesky } from "./live-links.js";

const KEY = "hallway.server";
const byId = (id) => document.getElementById(id);

/** Storage may be blocked; then the reader is asked each time. */
function remembered() {
  try {
    return serverOf(localStorage.getItem(KEY) ?? "");
  } catch (error) {
    console.info("This browser keeps nothing for this page.", error);
    return null;
  }
}

function remember(server) {
  try {
    localStorage.setItem(KEY, server);
  } catch (error) {
    console.info("This browser keeps nothing for this page.", error);
  }
}

const goTo = (url) => window.open(url, "_blank", "noopener,noreferrer");

/** `to(server)` gives the address for a purpose; the dialog is skipped when the server is known. */
export class OwnServer {
  #dialog = byId("server-dialog");
  #to = null;

  constructor() {
    byId("server-form").addEventListener("submit", (event) => { event.preventDefault(); this.#submit(); });
    byId("server-cancel").addEventListener("click", () => this.#dialog.close());
    byId("own-server").addEventListener("click", () => this.#ask("Choose your server", null));
    this.#tell(remembered());
  }

  reply(post) { this.#go(`Reply to ${post.author.name.text}`, (server) => interactAt(server, post.url)); }

  boost(post) { this.#go(`Boost the post of ${post.author.name.text}`, (server) => interactAt(server, post.url)); }

  compose(tag) { this.#go(`Post with #${tag}`, (server) => shareAt(server, tag), shareOnBluesky(tag)); }

  #go(title, to, other = null) {
    const server = remembered();
    if (server) goTo(to(server));
    else this.#ask(title, to, other);
  }

  #ask(title, to, other = null) {
    this.#to = to;
    setText(byId("server-title"), title);
    setText(byId("server-problem"), "");
    byId("server").removeAttribute("aria-invalid");
    byId("server").value = remembered() ?? "";
    byId("server-other").hidden = !other;
    if (other) byId("bluesky").href = other;
    this.#dialog.showModal();
    byId("server").select();
  }

  #submit() {
    const server = serverOf(byId("server").value);
    byId("server").setAttribute("aria-invalid", String(!server));
    setText(byId("server-problem"), server ? "" : "That is no server. It looks like social.example, or @you@social.example.");
    if (!server) return byId("server").focus();
    remember(server);
    this.#tell(server);
    this.#dialog.close();
    if (this.#to) goTo(this.#to(server));
  }

  #tell(server) {
    setText(byId("own-server"), server ? `Your server: ${server}` : "Choose your server");
  }
}
