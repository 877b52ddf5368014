/** Elements of the page, found with their class checked, and the page's one polite voice. */

/**
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} type the class that the element must have
 * @returns {T}
 */
export function find(id, type) {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new TypeError(`#${id}: expected ${type.name}, got ${element}`);
  return element;
}

/**
 * @template {Element} T
 * @param {ParentNode} parent
 * @param {string} selector
 * @param {new () => T} type
 * @returns {T} the first that matches
 */
export function within(parent, selector, type) {
  const element = parent.querySelector(selector);
  if (!(element instanceof type)) throw new TypeError(`${selector}: expected ${type.name}, got ${element}`);
  return element;
}

/**
 * Changes an element's text, and touches nothing where it says that already: a frame must not lay out in vain.
 * @param {Element} element
 * @param {string} text
 */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Says something to those who listen to the page; what is the same as before is said again.
 * @param {string} sentence
 */
export function announce(sentence) {
  const status = find("status", HTMLElement);
  status.textContent = status.textContent === sentence ? `${sentence}\u00a0` : sentence;
}

/**
 * Says to all, where it cannot be missed, that something did not come.
 * @param {string} sentence
 */
export function complain(sentence) {
  const box = find("broken", HTMLElement);
  write(within(box, "p", HTMLElement), sentence);
  box.hidden = false;
}

/**
 * @param {HTMLElement} group holds radio buttons of one name
 * @returns {string} the value of the one that is checked
 */
export function checkedValue(group) {
  const input = group.querySelector("input:checked");
  return input instanceof HTMLInputElement ? input.value : "";
}

/**
 * @param {HTMLElement} group
 * @param {string} value
 */
export function checkValue(group, value) {
  for (const input of group.querySelectorAll("input")) input.checked = input.value === value;
}

/** @param {string} model @returns {string} its name in the visitor's language, as in a list of models */
export function modelLabel(model) {
  const option = document.querySelector(`select option[value="${CSS.escape(model)}"]`);
  return option?.textContent?.trim() ?? model;
}

/** @param {Event} event @returns {HTMLButtonElement | null} the button that was pressed, or something in it */
export const buttonOf = ({ target }) => (target instanceof Element ? target.closest("button") : null);
