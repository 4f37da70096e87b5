// What the desk asks the service, one function a route (docs/protocol.md). No DOM.

import { ApiError, del, get, patch, post, put } from "../core/api.js";

const SPOTLIGHT_SECONDS = 20;
/** So many posts are one request: each is answered soon, and what was done is known when the next one fails. */
const AT_ONCE = 1_000;
/** Thousands of posts take the service some seconds. */
const PATIENT = { timeout: 60_000 };

const nothing = () => new ApiError({ code: "nothing", status: 409, message: "That had changed nothing, so there is nothing to take back." });

/** The commands of one wall. All resolve with the service's answer or reject with an ApiError. */
export function commandsOf(slug) {
  const wall = `/walls/${encodeURIComponent(slug)}`;
  const at = (id) => `${wall}/posts/${encodeURIComponent(id)}`;
  const log = (before = null, limit = 100) => get(`${wall}/log?limit=${limit}${before === null ? "" : `&before=${before}`}`);
  const undo = (line) => post(`${wall}/log/${line}/undo`, {}, PATIENT);

  /** A decision whose answer was lost was sent twice; the second time nothing changed, so its line is looked for. */
  async function takeBack(entry) {
    if (entry?.log) return undo(entry.log);
    const line = (await log()).find(({ action, target, undone }) => target === entry?.id && action === `post.${entry.verb}` && !undone);
    if (!line) throw nothing();
    return undo(line.id);
  }

  /** Many posts, as many requests as it takes; `done(ids, answer)` is called after each. */
  async function bulk(decision, ids, done) {
    for (let from = 0; from < ids.length; from += AT_ONCE) {
      const part = ids.slice(from, from + AT_ONCE);
      done(part, await post(`${wall}/decisions`, { decision, ids: part }, PATIENT));
    }
  }

  return {
    log, undo, bulk,
    decide(entry, undone) {
      if (entry.verb === "undo") return takeBack(undone);
      if (entry.verb === "block") return post(`${at(entry.id)}/block`, { what: "person" });
      return post(`${at(entry.id)}/${entry.verb}`, entry.was ? { was: entry.was } : {});
    },
    block: (id, what) => post(`${at(id)}/block`, what, PATIENT),
    claim: (id) => post(`${at(id)}/claim`),
    release: (id) => del(`${at(id)}/claim`),
    about: (id) => get(at(id)),
    find: (words, before = null) => get(`${wall}/find?words=${encodeURIComponent(words)}${before === null ? "" : `&before=${before}`}`),
    spotlight: (id) => post(`${at(id)}/spotlight`, { seconds: SPOTLIGHT_SECONDS }),
    endSpotlight: (id) => del(`${at(id)}/spotlight`),
    mode: (mode, to) => post(`${wall}/mode`, to ? { mode, to } : { mode }),
    desk: () => get(`${wall}/desk`),
    sources: () => get(`${wall}/sources`),
    stand: (handle, standing) => post(`${wall}/people`, { handle, standing }),
    preview: (rule) => post(`${wall}/rules/preview`, rule),
    putRule: (rule) => put(`${wall}/rules/${encodeURIComponent(rule.id)}`, rule),
    dropRule: (id) => del(`${wall}/rules/${encodeURIComponent(id)}`),
    importRules: (file) => post(`${wall}/rules/import`, file),
    addScreen: (name, room) => post(`${wall}/screens`, { name, room }),
    changeScreen: (id, changes) => patch(`${wall}/screens/${encodeURIComponent(id)}`, changes),
    dropScreen: (id) => del(`${wall}/screens/${encodeURIComponent(id)}`),
    askScreen: (id, what) => post(`${wall}/screens/${encodeURIComponent(id)}/${what}`),
    addNotice: (notice) => post(`${wall}/notices`, notice),
    putNotice: (id, notice) => put(`${wall}/notices/${encodeURIComponent(id)}`, notice),
    dropNotice: (id) => del(`${wall}/notices/${encodeURIComponent(id)}`),
    noticeImage: (id, file) => post(`${wall}/notices/${encodeURIComponent(id)}/image`, file),
    exports: { rules: `/api/v1${wall}/rules.json`, csv: `/api/v1${wall}/log.csv`, jsonl: `/api/v1${wall}/log.jsonl` },
  };
}
