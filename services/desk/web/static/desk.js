// What pages do beside htmx. Everything works without it, too.
(() => {
  "use strict";

  // Live parts: `[data-live-from]` names where changes are told, `[data-live]` is what is read anew then.
  const POLL_MS = 30000, LOST_MS = 1500, HIDDEN_MS = 10000;
  let stream = null, lost = null, asleep = null, away = false, pause = 2 * LOST_MS, busy = 0, again = false;

  // Whoever is signed out is sent to the sign-in, unless something is typed: that must not go away.
  let typed = Boolean(document.getElementById("trouble")); // what was typed may have come back with the page
  document.addEventListener("input", (event) => { if (event.target.form && event.target.form.method === "post") typed = true; });
  const signedOut = (shown) => { const said = document.getElementById("signed-out"); if (said) said.hidden = !shown; };
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status >= 500 && isLive(event)) {
      banner(true);
      window.setTimeout(refresh, pause);
      pause = Math.min(2 * pause, POLL_MS);
    }
    if (event.detail.xhr.status !== 401) return;
    if (typed) signedOut(true); else window.location.reload();
  });

  const live = () => document.querySelectorAll("[data-live]");
  const isLive = (event) => event.detail.elt && event.detail.elt.matches("[data-live]");
  const banner = (shown) => { const said = document.getElementById("lost"); if (said) said.hidden = !shown; };

  function refresh() {
    if (busy) { again = true; return; }
    live().forEach((part) => htmx.trigger(part, "refresh"));
  }

  // Not let in: nobody is there, or all places are taken. Reading anew tells which; then we ask again, ever later.
  function refused() {
    stream = null;
    away = true;
    refresh();
    window.setTimeout(listen, pause);
    pause = Math.min(2 * pause, POLL_MS);
  }

  function listen() {
    const from = document.querySelector("[data-live-from]");
    if (!from || stream) return;
    const address = new URL(from.dataset.liveFrom, window.location.href);
    address.searchParams.set("read_at", document.documentElement.dataset.readAt); // what changed since then is told at once
    stream = new EventSource(address);
    stream.addEventListener("change", refresh);
    stream.addEventListener("error", () => {
      if (!stream) return;
      if (stream.readyState === EventSource.CLOSED) { refused(); return; }
      if (lost === null) lost = window.setTimeout(() => { away = true; banner(true); }, LOST_MS);
    });
    stream.addEventListener("open", () => {
      window.clearTimeout(lost);
      lost = null;
      pause = 2 * LOST_MS;
      banner(false);
      if (away) refresh(); // what was missed meanwhile
      away = false;
    });
  }

  function leave() {
    if (stream) stream.close();
    stream = null;
  }

  // A browser opens few connections to one host: a page that nobody looks at gives its own back.
  document.addEventListener("visibilitychange", () => {
    window.clearTimeout(asleep);
    if (document.hidden) { asleep = window.setTimeout(leave, HIDDEN_MS); return; }
    if (!stream && document.querySelector("[data-live-from]")) { listen(); refresh(); }
  });
  window.addEventListener("pagehide", leave);
  window.setInterval(() => {
    if (!document.hidden && (!stream || stream.readyState !== EventSource.OPEN)) refresh();
  }, POLL_MS);

  // Where nobody tells of changes, a page is read anew by the clock.
  const clocked = document.querySelector("[data-live-every]");
  if (clocked) window.setInterval(() => { if (!document.hidden) refresh(); }, Number(clocked.dataset.liveEvery));

  // One reading at a time: what changes meanwhile is read afterwards.
  document.addEventListener("htmx:beforeRequest", (event) => { if (isLive(event)) busy += 1; });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.requestConfig || !event.detail.requestConfig.elt.matches("[data-live]")) return;
    busy -= 1;
    if (busy === 0 && again) { again = false; window.setTimeout(refresh, 0); }
    if (event.detail.successful) { banner(false); signedOut(false); pause = 2 * LOST_MS; }
  });

  // What was ticked stays ticked, what was open stays open, and who goes by keyboard stays there; htmx itself knows
  // what has an id.
  const kept = { ticked: [], opened: [], focused: "" };
  // The second of two with the same words is still the second one afterwards.
  const summaries = (of) => {
    const seen = {};
    return [...of.querySelectorAll("details")].map((one) => {
      const words = one.querySelector("summary").textContent.trim();
      seen[words] = (seen[words] || 0) + 1;
      return [one, `${words}|${seen[words]}`];
    });
  };
  const named = (one) => [one.tagName, one.getAttribute("href"), one.name, one.value, one.textContent.trim()].join("|");
  function keep(event) {
    if (!event.detail.shouldSwap) return;
    const part = event.detail.target, active = document.activeElement;
    part.querySelectorAll("input[type=checkbox]:checked").forEach((one) => kept.ticked.push(one.value));
    summaries(document).forEach(([one, name]) => { if (one.open && part.contains(one)) kept.opened.push(name); });
    if (active && active !== part && !active.id && part.contains(active)) kept.focused = named(active);
  }
  function giveBack() {
    live().forEach((part) => part.querySelectorAll("input[type=checkbox]").forEach((one) => {
      if (kept.ticked.includes(one.value)) one.checked = true;
    }));
    summaries(document).forEach(([one, name]) => { if (kept.opened.includes(name)) one.open = true; });
    const back = kept.focused && [...document.querySelectorAll("main a, main button, main input, main summary")]
      .find((one) => named(one) === kept.focused);
    if (back) back.focus({ preventScroll: true });
    Object.assign(kept, { ticked: [], opened: [], focused: "" });
  }
  // A list that goes sideways, on a telephone, begins where one is.
  const showWhere = () => document.querySelectorAll("nav [aria-current]").forEach((one) => {
    const list = one.closest("nav"), here = one.getBoundingClientRect(), all = list.getBoundingClientRect();
    if (list.scrollLeft === 0) list.scrollLeft = here.left + here.width / 2 - (all.left + all.width / 2);
  });
  showWhere();
  document.addEventListener("htmx:beforeSwap", keep);
  document.addEventListener("htmx:oobBeforeSwap", keep);
  document.addEventListener("htmx:afterSettle", () => { giveBack(); offer(); showWhere(); });
  document.addEventListener("htmx:sendError", () => banner(true));

  // All of a list at once.
  const offer = () => document.querySelectorAll("[data-tick-all]").forEach((one) => { one.hidden = false; });
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-tick-all] input")) return;
    document.querySelectorAll(`input[form="${event.target.form.id}"][type=checkbox]`).forEach((one) => { one.checked = event.target.checked; });
  });
  offer();

  // Of two shares, the other one follows.
  document.addEventListener("input", (event) => {
    if (!event.target.matches("input[name^='share-']")) return;
    const shares = [...event.target.form.querySelectorAll("input[name^='share-']")], typed = Number(event.target.value);
    if (shares.length !== 2 || !(typed >= 0 && typed <= 100) || event.target.value.trim() === "") return;
    shares.find((one) => one !== event.target).value = Math.round(100 * (100 - typed)) / 100;
  });

  // A form is sent once, however often its button is pressed; where the answer does not come, it may be sent again.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    window.setTimeout(() => { delete form.dataset.sent; }, 5000);
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
    listen();
  });
})();
