// What is asked about the selected post, and who is said to be on it. The service and the clock are fakes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";

import { About, CLAIM_AFTER, Claimer, PAUSE } from "../../static/js/elements/desk-about.js";

/** Timers that run when they are told: `run(ms)` runs those that were set for as long. */
function clockwork() {
  const set = new Map();
  let next = 0;
  return {
    timers: { set: (run, ms) => { set.set((next += 1), { run, ms }); return next; }, clear: (id) => set.delete(id) },
    run: async (ms) => {
      for (const [id, timer] of [...set]) if (timer.ms === ms) { set.delete(id); timer.run(); }
      await turn();
    },
  };
}

test("only a post that one stays on is asked about, again when it changed, and never twice for the same", async () => {
  const { timers, run } = clockwork();
  const asked = [];
  const about = new About({ load: async (id) => { asked.push(id); return { copies: asked.length }; }, changed() {}, timers });
  about.want({ id: "p1", seq: 1 });
  about.want({ id: "p2", seq: 1 });
  await run(PAUSE);
  assert.deepEqual(asked, ["p2"]);
  about.want({ id: "p2", seq: 1 });
  about.want({ id: "p2", seq: 2 });
  await run(PAUSE);
  assert.deepEqual(asked, ["p2", "p2"]);
  assert.deepEqual(about.of("p2"), { copies: 2 });
  about.again();
  about.want({ id: "p2", seq: 2 });
  await run(PAUSE);
  assert.equal(asked.length, 3);
});

test("a claim is made after a moment, not on what somebody else is on, and let go when nothing is selected", async () => {
  const { timers, run } = clockwork();
  const said = [];
  const commands = { claim: async (id) => said.push(`claim ${id}`), release: async (id) => said.push(`release ${id}`) };
  const claimer = new Claimer({ commands, free: (id) => id !== "p2", timers });
  claimer.on("p1");
  claimer.on("p2");
  await run(CLAIM_AFTER);
  assert.deepEqual(said, []);
  claimer.on("p3");
  await run(CLAIM_AFTER);
  claimer.on(null);
  assert.deepEqual(said, ["claim p3", "release p3"]);
});
