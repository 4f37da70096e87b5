// The right side of the desk: one of its panels is open, and only that one is drawn.

/** `panels` maps the names of tabs to `{open(), draw()}`; both may be missing. */
export class Panels {
  #tabs; #panels; #name = "wall";

  constructor({ tabs, panels }) {
    [this.#tabs, this.#panels] = [tabs, panels];
    tabs.addEventListener("click", ({ target }) => { const name = target.closest("[data-panel]")?.dataset.panel; if (name) this.show(name); });
  }

  show(name) {
    this.#name = name;
    for (const tab of this.#tabs.children) {
      tab.setAttribute("aria-pressed", String(tab.dataset.panel === name));
      document.getElementById(`panel-${tab.dataset.panel}`).hidden = tab.dataset.panel !== name;
    }
    this.#panels[name]?.open?.();
    this.draw();
  }

  draw() { this.#panels[this.#name]?.draw?.(); }
}
