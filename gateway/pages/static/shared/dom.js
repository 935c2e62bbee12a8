/** Small helpers over the DOM. Text only ever goes in through textContent. */

/**
 * A new element with properties, attributes (`aria_label` -> `aria-label`, `data_x` -> `data-x`) and children.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} [properties]
 * @param {...(Node | string | null | undefined | false)} children strings become text nodes
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) set_property(element, name, value);
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** @param {HTMLElement} element @param {string} name @param {any} value */
function set_property(element, name, value) {
  if (value === undefined || value === null) return;
  if (name === "text") element.textContent = value;
  else if (name === "class") element.className = value;
  else if (name === "on_click") element.addEventListener("click", value);
  else if (name === "on_input") element.addEventListener("input", value);
  else if (name === "on_change") element.addEventListener("change", value);
  else if (name === "on_submit") element.addEventListener("submit", value);
  else if (/^(aria|data)_|^role$|^for$/.test(name)) element.setAttribute(name.replaceAll("_", "-"), String(value));
  else /** @type {any} */ (element)[name] = value;
}

/** The element with an id, which the page's own HTML holds. @param {string} id @returns {HTMLElement} */
export function by_id(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`no element: ${id}`);
  return element;
}

/**
 * A button. @param {string} text @param {() => void} pressed @param {Record<string, any>} [properties]
 * @returns {HTMLButtonElement}
 */
export function button(text, pressed, properties = {}) {
  return el("button", { type: "button", text, on_click: pressed, ...properties });
}

/** Set text only when it differs, so that live regions stay quiet. @param {Element} element @param {string} text */
export function set_text(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** What each container shows now. @type {WeakMap<HTMLElement, string>} */
const drawn = new WeakMap();

/** The next redraw draws, whatever it shows. @param {HTMLElement} container */
export function forget_drawn(container) {
  drawn.delete(container);
}

/**
 * Redraw a container only when what it shows changed, and put the focus back on the same control (by its data-key).
 * @param {HTMLElement} container
 * @param {unknown} shown what the drawing depends on, as JSON
 * @param {() => (Node | null | false)[]} draw
 */
export function redraw(container, shown, draw) {
  const state = JSON.stringify(shown);
  if (drawn.get(container) === state) return;
  drawn.set(container, state);
  const active = /** @type {HTMLElement | null} */ (document.activeElement);
  const key = container.contains(active) ? active?.dataset.key : undefined;
  container.replaceChildren(.../** @type {Node[]} */ (draw().filter(Boolean)));
  if (key) /** @type {HTMLElement | null} */ (container.querySelector(`[data-key="${CSS.escape(key)}"]`))?.focus();
}

/** A new view is shown: the reader, and the keyboard, begin at its top. */
export function to_top() {
  by_id("main").focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

/** Say something to screen readers, politely. @param {string} text */
export function announce(text) {
  by_id("announcer").textContent = text;
}
