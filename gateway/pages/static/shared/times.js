/** Times as people read them: 14:21 in the practice's zone, 12:41 into the visit, ages as "12 min ago". */
import { plural, word } from "./words.js";

/** @type {Intl.DateTimeFormat} */
let clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
let seconds_clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
let calendar = new Intl.DateTimeFormat("en-US", { dateStyle: "long" });
let offset_ms = 0;

/** Show times in the practice's zone (an IANA name). @param {string} zone */
export function set_zone(zone) {
  const form = /** @type {Intl.DateTimeFormatOptions} */ ({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  clock = new Intl.DateTimeFormat("en-GB", { ...form, timeZone: zone || undefined });
  seconds_clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: zone || undefined });
  calendar = new Intl.DateTimeFormat("en-US", { dateStyle: "long", timeZone: zone || undefined });
}

/** Take the gateway's clock; from here `server_now` follows the monotonic clock. @param {string} server_time */
export function set_server_time(server_time) {
  offset_ms = Date.parse(server_time) - performance.now();
}

/** The gateway's time now, in ms since 1970. */
export function server_now() {
  return offset_ms === 0 ? Date.now() : performance.now() + offset_ms;
}

/** A time of day: 14:21. @param {string} iso */
export function time_of_day(iso) {
  return clock.format(new Date(iso));
}

/** A day as letters have it: November 27, 2026. @param {string} iso */
export function long_day(iso) {
  return calendar.format(new Date(iso));
}

/** A time of day to the second: 14:21:07. @param {string} iso */
export function second_of_day(iso) {
  return seconds_clock.format(new Date(iso));
}

/** A time in the visit: 12:41, or 1:02:41 beyond an hour. @param {string} iso @param {string} start */
export function time_in_visit(iso, start) {
  const seconds = Math.max(0, Math.floor((Date.parse(iso) - Date.parse(start)) / 1000));
  const pair = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return `${hours ? `${hours}:${pair(minutes)}` : pair(minutes)}:${pair(seconds % 60)}`;
}

/** An age in words. @param {string} iso */
export function age(iso) {
  const minutes = Math.floor((server_now() - Date.parse(iso)) / 60_000);
  if (minutes < 1) return word("age.now");
  if (minutes < 60) return plural("age.minutes", minutes);
  if (minutes < 48 * 60) return plural("age.hours", Math.floor(minutes / 60));
  return plural("age.days", Math.floor(minutes / 1440));
}
