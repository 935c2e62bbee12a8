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
    /** Told of each answer once, also of commands that were sent before a reload. @type {(waiting: Waiting, answer: Answer) => void} */
    this.on_answered = () => undefined;
    /** @type {Map<string, (answer: Answer) => void>} */
    this._resolvers = new Map();
    /** When the oldest of them began to wait, in performance.now() ms. @type {number | null} */
    this.oldest_at = this._waiting.length === 0 ? null : performance.now();
    this._write();
  }

  /** What waits, oldest first. @returns {readonly Waiting[]} */
  get waiting() {
    return this._waiting;
  }

  /** Keep a command until it is answered. @param {string} visit_id @param {Command} command @returns {Waiting} */
  add(visit_id, command) {
    const waiting = { command_id: crypto.randomUUID(), visit_id, command };
    this._waiting.push(waiting);
    this.oldest_at ??= performance.now();
    this._write();
    return waiting;
  }

  /** The answer to a command, however often the channel breaks meanwhile. @param {string} command_id @returns {Promise<Answer>} */
  answer_to(command_id) {
    return new Promise((resolve) => this._resolvers.set(command_id, resolve));
  }

  /** Take an answer; one to a command that waits no more is nothing new. @param {string} command_id @param {Answer} answer */
  take_answer(command_id, answer) {
    const waiting = this._waiting.find((one) => one.command_id === command_id);
    if (waiting === undefined) return;
    this._waiting = this._waiting.filter((one) => one !== waiting);
    this.oldest_at = this._waiting.length === 0 ? null : performance.now();
    this._write();
    this._resolvers.get(command_id)?.(answer);
    this._resolvers.delete(command_id);
    this.on_answered(waiting, answer);
  }

  /** Forget everything (sign-out). */
  clear() {
    this._waiting = [];
    this.oldest_at = null;
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
