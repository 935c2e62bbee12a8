/** One tab at a time: two of a room would stop each other's capture, two of a provider would move each other's edits. */

const WAIT_MS = 1_500; // a page that is being loaded anew lets go within this time

/**
 * Begin when no other tab of this browser holds the name, and hold it for as long as this page is open.
 * @param {string} name @param {() => Promise<void>} begin @param {() => Promise<void>} already_open
 */
export async function begin_alone(name, begin, already_open) {
  const signal = AbortSignal.timeout(WAIT_MS);
  const held = navigator.locks.request(name, { signal }, async () => {
    await begin();
    return new Promise(() => undefined);
  });
  await held.catch(async (error) => {
    if (error?.name !== "TimeoutError" && error?.name !== "AbortError") throw error;
    await already_open();
  });
}
