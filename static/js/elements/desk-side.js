// The right side of the desk: the wall with the newest of the log, and the panels behind the tabs.

import { button } from "./desk-form.js";
import { joined, proofWords } from "./desk-log-words.js";
import { LogList } from "./desk-log.js";
import { NoticesPanel } from "./desk-notices.js";
import { Panels } from "./desk-panels.js";
import { PeoplePanel } from "./desk-people.js";
import { RulesPanel } from "./desk-rules.js";
import { ScreensPanel } from "./desk-screens.js";
import { el } from "./dom.js";

const NEWEST = 8;

/** What the screens said about the posts of a line that hid one. */
function proofOf(proofs, { action, target }) {
  if (action !== "post.hide" && action !== "post.block") return "";
  return proofWords(proofs.findLast(({ post }) => post === target) ?? null);
}

function logPanel({ box, commands, news, listOf }) {
  const rows = el("ol", "log");
  const list = listOf(rows);
  const older = button("Older", () => news.older());
  const out = (words, href) => Object.assign(el("a", "button", words), { href, download: "" });
  box.append(el("h2", "room__title", "Everything that was done"), el("p", "card__acts", out("Save as a table", commands.exports.csv), out("Save as lines", commands.exports.jsonl)), rows, older);
  return { open: () => news.readLog(), draw: (view) => { list.draw(joined(news.lines), view); older.hidden = !news.more || news.lines.length === 0; } };
}

/** `panel(name)` is the element of a panel, `log` the list beneath the preview. Gives `draw()` and `calm()`. */
export function rightSide({ tabs, panel, commands, news, store, acts, say, choose, now, log, empty }) {
  const nameOf = (id) => store.get(id)?.author.name.text ?? null;
  const listOf = (rows) => new LogList(rows, { undo: (line) => acts.undoLine(line), nameOf, choose });
  const part = (name) => ({ box: panel(name), commands, acts, news, say, now, store });
  const view = () => ({ me: acts.me, proofOf: (line) => proofOf(news.frame.proofs, line) });
  const [newest, whole, screens] = [listOf(log), logPanel({ ...part("log"), listOf }), new ScreensPanel(part("screens"))];
  const wall = { draw() { newest.draw(joined(news.lines).slice(0, NEWEST), view()); empty.hidden = news.lines.length > 0; } };
  const panels = new Panels({ tabs, panels: { wall, screens, notices: new NoticesPanel(part("notices")), rules: new RulesPanel(part("rules")), people: new PeoplePanel(part("people")), log: { open: whole.open, draw: () => whole.draw(view()) } } });
  return { draw: () => panels.draw(), calm: () => screens.calm(say) };
}
