// What pages do beside htmx. Everything works without it, too.
(() => {
  "use strict";
  const lost = () => document.getElementById("lost");
  let away = false;

  // A lost connection is shown, and what was missed meanwhile is read anew once it is back.
  document.addEventListener("htmx:sseError", () => {
    away = true;
    window.setTimeout(() => { if (away && lost()) lost().hidden = false; }, 1500);
  });
  document.addEventListener("htmx:sseOpen", () => {
    if (!away) return;
    away = false;
    if (lost()) lost().hidden = true;
    document.querySelectorAll("[data-live]").forEach((part) => htmx.trigger(part, "refresh"));
  });
  document.addEventListener("htmx:sendError", () => { if (lost()) lost().hidden = false; });

  // A form is sent once, however often its button is pressed; where the answer does not come, it may be sent again.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    window.setTimeout(() => { delete form.dataset.sent; }, 5000);
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
  });

  // Keys: "/" goes to the search of the page, "n" to what begins something new, as long as nothing is being typed.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    const wanted = { "/": "[data-key='search']", n: "[data-key='new']" }[event.key];
    const found = wanted && document.querySelector(wanted);
    if (!found) return;
    event.preventDefault();
    if (found.matches("a")) found.click(); else found.focus();
  });
})();
