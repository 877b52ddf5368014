/**
 * Weights files that the visitor keeps, in the browser's own storage, where that is allowed. That there are any is noted apart,
 * so that a page without does not open it.
 */

const DATABASE = "denoising-autoencoders";
const STORE = "weights";
const NOTE = "denoising-autoencoders-kept";

/** @returns {boolean} whether something was kept here */
export function hasKept() {
  try {
    return localStorage.getItem(NOTE) === "1";
  } catch {
    return false; // storage is refused: nothing was
  }
}

/**
 * @param {string} name
 * @param {ArrayBuffer} bytes of a weights file
 */
export async function keepFile(name, bytes) {
  await within("readwrite", (store) => store.put(bytes, name));
  localStorage.setItem(NOTE, "1");
}

/** @returns {Promise<[string, ArrayBuffer][]>} by name */
export async function keptFiles() {
  const names = await within("readonly", (store) => store.getAllKeys());
  const files = await within("readonly", (store) => store.getAll());
  return names.map((name, k) => [String(name), files[k]]);
}

export async function clearKept() {
  localStorage.removeItem(NOTE);
  await within("readwrite", (store) => store.clear());
}

/**
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} ask
 * @returns {Promise<T>}
 */
async function within(mode, ask) {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await settled(opening);
  try {
    return await settled(ask(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function settled(request) {
  return new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
}
