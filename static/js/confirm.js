/* form[data-confirm]: its submit button works only once every box marked required is ticked. The server checks them
   again. The button is disabled here and not in the markup, so that the form works without scripts. */

function refresh(form) {
  const boxes = [...form.querySelectorAll("input[type=checkbox][required]")];
  const ready = boxes.every((box) => box.checked);
  for (const button of form.querySelectorAll("[data-confirm-submit]")) button.disabled = !ready;
}

function refreshAll(root) {
  for (const form of root.querySelectorAll("form[data-confirm]")) refresh(form);
}

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-confirm]");
  if (form) refresh(form);
});

document.addEventListener("htmx:load", () => refreshAll(document));
window.addEventListener("pageshow", () => refreshAll(document));
refreshAll(document);

/* One press, one request: a second submit of the same form is dropped while the first is under way. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.matches("[hx-post]")) return;
  if (form.dataset.sent) event.preventDefault();
  else form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
