// Making a list of nodes the children of an element without touching those that stay.

/** Puts `nodes` into `parent`, in order. Nodes that are in place are not moved, so they keep focus, loading and scroll. */
export function arrange(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.children]) {
    if (!wanted.has(child)) child.remove();
  }
  let at = parent.firstElementChild;
  for (const node of nodes) {
    if (node === at) at = at.nextElementSibling;
    else parent.insertBefore(node, at);
  }
}
