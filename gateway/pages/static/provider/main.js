/** The provider's half begins: words, the gateway's facts, and then the page. */
import { begin_alone } from "../shared/alone.js";
import { by_id, set_text } from "../shared/dom.js";
import { get } from "../shared/http.js";
import { set_zone } from "../shared/times.js";
import { load_words, word } from "../shared/words.js";
import { ProviderPage } from "./provider_page.js";

const RETRY_MS = 3_000;

/** The gateway's facts; asked for until it answers. @returns {Promise<any>} */
async function gateway_info() {
  for (;;) {
    const info = await get("/.well-known/alcove");
    by_id("notice").hidden = info?.ok === true;
    if (info?.ok) return info.value;
    set_text(by_id("notice"), word("link.gone"));
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

async function begin() {
  await load_words();
  const info = await gateway_info();
  set_zone(info.zone);
  new ProviderPage(info.practice).open();
}

async function already_open() {
  await load_words();
  by_id("notice").hidden = false;
  set_text(by_id("notice"), word("provider.already_open"));
}

void begin_alone("alcove-provider", begin, already_open);
