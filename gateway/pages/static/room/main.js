/** The room's half begins: words, the gateway's facts, the pairing, the session, and then the page. */
import { begin_alone } from "../shared/alone.js";
import { by_id } from "../shared/dom.js";
import { get } from "../shared/http.js";
import { set_zone } from "../shared/times.js";
import { load_words, refusal_sentence, word } from "../shared/words.js";
import { forget_room, load_room } from "./key_store.js";
import { RoomPage } from "./room_page.js";
import { UNPAIRED, open_session, pair_room, take_farewell } from "./session.js";
import { say, show_pairing } from "./views.js";

const RETRY_MS = 3_000;

/** @param {Record<string, string>} gateway_jwk */
function ask_for_code(gateway_jwk) {
  show_pairing();
  by_id("pairing-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const code = /** @type {HTMLInputElement} */ (by_id("pairing-code")).value;
    const paired = await pair_room(code);
    if (paired === null) say(word("link.gone"));
    else if ("refusal" in paired) say(refusal_sentence(paired.refusal));
    else await open_room(gateway_jwk, paired.room);
  });
}

/** @param {Record<string, string>} gateway_jwk @param {import("./key_store.js").PairedRoom} room */
async function open_room(gateway_jwk, room) {
  const session = await open_session(room);
  if (session !== "open") {
    say(session === "gone" ? word("link.gone") : refusal_sentence(session));
    if (session === "gone" || !UNPAIRED.has(session.code)) {
      setTimeout(() => void open_room(gateway_jwk, room), RETRY_MS);
      return;
    }
    await forget_room();
    ask_for_code(gateway_jwk);
    return;
  }
  say("");
  new RoomPage(gateway_jwk, room).open();
}

/** The gateway's facts; asked for until it answers. @returns {Promise<any>} */
async function gateway_info() {
  for (;;) {
    const info = await get("/.well-known/alcove");
    if (info?.ok) return info.value;
    say(word("link.gone"));
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

async function begin() {
  await load_words();
  const info = await gateway_info();
  set_zone(info.zone);
  say("");
  const room = await load_room();
  const farewell = take_farewell();
  if (room === null) ask_for_code(info.gateway_jwk);
  else await open_room(info.gateway_jwk, room);
  if (farewell !== "") say(refusal_sentence({ code: farewell }));
}

async function already_open() {
  await load_words();
  say(word("room.already_open"));
}

void begin_alone("alcove-room", begin, already_open);
