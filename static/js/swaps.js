/* What htmx leaves to the page: saying aloud what a swap changed, toasts, and answers that can't be swapped. */

function say(text) {
  const announcer = document.getElementById("announcer");
  if (!announcer) return;
  announcer.textContent = "";
  window.setTimeout(() => {
    announcer.textContent = text;
  }, 50);
}

function toast(text) {
  const template = document.getElementById("toast-template");
  const list = document.getElementById("toasts");
  if (!template || !list) return;
  const item = template.content.firstElementChild.cloneNode(true);
  item.querySelector("[data-toast-text]").textContent = text;
  list.append(item);
}

/* The settled element is the new one, also where a swap replaced its target. */
document.addEventListener("htmx:afterSettle", ({ target }) => {
  const source = target.matches("[data-announce]") ? target : target.querySelector("[data-announce]");
  if (source) say(source.dataset.announce);
});

/* A swap that takes away what had the focus gives it to what came instead, where the person already is. */
let hadFocus = false;

document.addEventListener("htmx:beforeRequest", (event) => {
  hadFocus = event.detail.elt.contains(document.activeElement);
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (!hadFocus || document.activeElement !== document.body || !event.target.id) return;
  event.target.tabIndex = -1;
  event.target.focus({ preventScroll: true });
});

/* A form that comes back with errors takes the focus to them, as a new page would take it to its top. */
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.xhr?.status !== 422) return;
  const root = document.querySelector("dialog[open]") ?? document.getElementById("main");
  root?.querySelector("[data-error-summary], [aria-invalid=true]")?.focus();
});

document.querySelector("#main [data-error-summary]")?.focus();

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status >= 400 && !xhr.responseText.trim()) {
    event.detail.shouldSwap = false;
    toast("That did not work. Reload the page and try again.");
  }
});

document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status >= 500) toast("Something went wrong on our side. Reload the page to see whether the change was made.");
});

for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => toast("Gatepass can't be reached. Check your connection, then try again."));
}

document.addEventListener("click", (event) => {
  event.target.closest("[data-toast-close]")?.closest("[data-toast]").remove();
});

/* Good news over the page goes by itself, unless somebody is at it; what went wrong stays until it is closed. */
const toasts = document.getElementById("toasts");
if (toasts) {
  new MutationObserver((records) => {
    for (const item of records.flatMap((record) => [...record.addedNodes])) {
      if (item.dataset?.toast !== "passing") continue;
      const leave = () => (item.matches(":hover, :focus-within") ? window.setTimeout(leave, 2000) : item.remove());
      window.setTimeout(leave, 8000);
    }
  }).observe(toasts, { childList: true });
}
