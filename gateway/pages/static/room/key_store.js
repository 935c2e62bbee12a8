/** The room's key: a non-extractable P-256 key pair and the room it was paired as, kept in IndexedDB. */

const DATABASE = "alcove-room";
const STORE = "keys";
const ROOM = "room";

/** @typedef {{room_id: string, room_name: string, keys: CryptoKeyPair}} PairedRoom */

/** A new key whose private half never leaves the browser's own key store. @returns {Promise<CryptoKeyPair>} */
export function make_key() {
  return crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
}

/** The room that this browser was paired as, or null. @returns {Promise<PairedRoom | null>} */
export async function load_room() {
  return (await with_store("readonly", (store) => store.get(ROOM))) ?? null;
}

/** @param {PairedRoom} room */
export async function save_room(room) {
  await with_store("readwrite", (store) => store.put(room, ROOM));
}

/** Forget the pairing; the key is gone with it. */
export async function forget_room() {
  await with_store("readwrite", (store) => store.delete(ROOM));
}

/**
 * @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest} use
 * @returns {Promise<any>}
 */
async function with_store(mode, use) {
  const database = await open_database();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = use(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** @returns {Promise<IDBDatabase>} */
function open_database() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
