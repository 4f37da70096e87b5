// What the desk hears beside the posts: who is here, the screens, what they confirmed, the log, and what the crew has set. No DOM.

/** Asked at most so often, in milliseconds: many changes in a row are one question. */
const AT_MOST = 1_000;
const PAGE = 60;
const NOTHING = { here: [], claims: [], screens: [], proofs: [] };
const SET = { mode: null, since: null, why: "", by: "", rules: [], people: { listed: [], blocked: [] } };

/** Runs `ask` now, or once more as soon as the last one is `AT_MOST` past. */
export function calmly(ask, { set = (run, ms) => setTimeout(run, ms) } = {}) {
  let [busy, again] = [false, false];
  return async function run() {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    await ask();
    set(() => {
      busy = false;
      if (again) { again = false; run(); }
    }, AT_MOST);
  };
}

/** Events: `change` after anything is new, `log` {lines} when the log was read, `set` when what the crew has set was read. */
export class News extends EventTarget {
  frame = NOTHING; set = SET; lines = []; more = true;
  #commands; #known = new Map();

  constructor({ commands }) {
    super();
    this.#commands = commands;
    this.readLog = calmly(() => this.#quietly(async () => this.#take(await commands.log(null, PAGE))));
    this.readSet = calmly(() => this.#quietly(async () => { this.set = { ...SET, ...await commands.desk() }; this.#tell("set"); }));
  }

  hear(frame) {
    this.frame = { ...NOTHING, ...frame };
    this.#tell("change");
  }

  /** Older lines of the log; true when there may be more. */
  async older() {
    const lines = await this.#commands.log(this.lines.at(-1)?.id ?? null, PAGE);
    this.more = lines.length === PAGE;
    this.lines = [...this.lines, ...lines];
    this.#tell("log");
    return this.more;
  }

  /** Whether these changed items tell of something that somebody did, not only of arrivals. */
  tells(items) {
    let told = false;
    for (const item of items) {
      const now = item.kind === "post" ? `${item.status} ${item.pinned} ${item.later ?? ""}` : String(item.seq);
      const before = this.#known.get(item.id);
      this.#known.set(item.id, now);
      if (item.kind === "post" ? before !== undefined && before !== now : before !== now) told = true;
    }
    return told;
  }

  forget(ids) { ids.forEach((id) => this.#known.delete(id)); }

  /** The newest page; what was read before it stays. */
  #take(lines) {
    const oldest = lines.at(-1)?.id ?? 0;
    if (!this.lines.length) this.more = lines.length === PAGE;
    this.lines = [...lines, ...this.lines.filter(({ id }) => id < oldest)];
    this.#tell("log");
  }

  async #quietly(ask) {
    try {
      await ask();
    } catch (error) {
      console.info("The crew's log and settings cannot be read just now.", error.message);
    }
  }

  #tell(name) {
    this.dispatchEvent(new Event(name));
    if (name !== "change") this.dispatchEvent(new Event("change"));
  }
}
