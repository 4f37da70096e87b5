// Building DOM nodes in one line each; text goes in as text.

/** `el("p", "name other", child, …)`: children are nodes or strings; null and false are left out. */
export function el(tag, className = "", ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children.filter((child) => child !== null && child !== false && child !== undefined));
  return element;
}

/** Sets the text of a node only when it differs, touching one text node. */
export function setText(element, text) {
  const first = element.firstChild;
  if (first?.nodeType === Node.TEXT_NODE && !first.nextSibling) {
    if (first.data !== text) first.data = text;
  } else {
    element.textContent = text;
  }
}

/** A picture that goes away when it cannot be had. Width and height are pixels before CSS. */
export function picture(src, alt, width, height, className = "") {
  const img = el("img", className);
  img.alt = alt;
  img.decoding = "async";
  img.draggable = false;
  if (width && height) Object.assign(img, { width, height });
  img.addEventListener("error", () => img.dispatchEvent(new CustomEvent("unavailable", { bubbles: true })), { once: true });
  img.src = src;
  return img;
}
