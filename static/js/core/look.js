// How one screen looks: from the wall's own settings, the desk's for this screen, or the page's address. Pure.

/** The type may be so much smaller or larger than the one made for 20 m. */
export const SCALES = [0.4, 1.6];
const MOST_COLUMNS = 8;
const THEMES = new Set(["dark", "light", "auto"]);

const within = ([least, most], value) => Math.min(most, Math.max(least, value));
const number = (value) => (Number.isFinite(Number(value)) && Number(value) > 0 ? Number(value) : 1);

/**
 * `{theme, scale, columns}`; columns is null where the width decides. What the desk set for a screen (`state`) goes before `asked`, the
 * address' parameters; either scale multiplies the wall's, which follows from the size of the room.
 */
export function lookOf({ wall, state, asked }) {
  const own = state ?? { theme: asked.get("theme"), scale: asked.get("scale") };
  const scale = within(SCALES, number(own.scale) * number(wall?.scale));
  const columns = Number.isInteger(own.columns) && own.columns > 0 ? Math.min(MOST_COLUMNS, own.columns) : null;
  return { theme: THEMES.has(own.theme) ? own.theme : "dark", scale, columns };
}
