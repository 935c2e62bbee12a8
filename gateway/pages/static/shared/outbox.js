/** Commands that wait for the gateway's answer: kept in sessionStorage under an idempotency key, in order. */

/** @typedef {{type: string} & Record<string, any>} Command */
/** @typedef {{command_id: string, visit_id: string, command: Command}} Waiting */
/** @typedef {{accepted: boolean, seq?: number | null, refusal?: {code: string, params?: Record<string, string>}}} Answer */

export class Outbox {
  /** @param {string} name key in sessionStorage @param {(waiting: Waiting) => boolean} [keep] what survives a reload */
  constructor(name, keep = () => true) {
    this._name = name;
    /** @type {Waiting[]} */
    this._waiting = read_list(name).filter(keep);
    /** @type {Map<string, (answer: Answer) => void>} */
    this._resolvers = new Map();
    this._write();
  }

  /** What waits, oldest first. @returns {readonly Waiting[]} */
  get waiting() {
    return this._waiting;
  }

  /**
   * Keep a command until it is answered. @param {string} visit_id @param {Command} command
   * @returns {{waiting: Waiting, answered: Promise<Answer>}}
   */
  add(visit_id, command) {
    const waiting = { command_id: crypto.randomUUID(), visit_id, command };
    const answered = new Promise((/** @type {(answer: Answer) => void} */ resolve) => {
      this._resolvers.set(waiting.command_id, resolve);
    });
    this._waiting.push(waiting);
    this._write();
    return { waiting, answered };
  }

  /** The answer of a command that was sent before a reload. @param {string} command_id @returns {Promise<Answer>} */
  answer_of(command_id) {
    return new Promise((resolve) => this._resolvers.set(command_id, resolve));
  }

  /** Take an answer; the command it belongs to, or null when it waits no more. @param {string} command_id @param {Answer} answer */
  take_answer(command_id, answer) {
    const waiting = this._waiting.find((one) => one.command_id === command_id);
    if (waiting === undefined) return null;
    this._waiting = this._waiting.filter((one) => one !== waiting);
    this._write();
    this._resolvers.get(command_id)?.(answer);
    this._resolvers.delete(command_id);
    return waiting;
  }

  /** Forget everything (sign-out). */
  clear() {
    this._waiting = [];
    this._resolvers.clear();
    sessionStorage.removeItem(this._name);
  }

  _write() {
    sessionStorage.setItem(this._name, JSON.stringify(this._waiting));
  }
}

/** @param {string} name @returns {Waiting[]} */
function read_list(name) {
  try {
    const value = JSON.parse(sessionStorage.getItem(name) ?? "[]");
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
