/* The forms of API clients, channels and webhooks. Buttons marked data-side do something beside saving: with scripts they
   are no submit buttons, so that Enter in a field saves. Roles tick the roles they imply. */

function prepare() {
  for (const button of document.querySelectorAll("button[data-side]")) button.type = "button";
}

document.addEventListener("change", (event) => {
  const roles = event.target.closest?.("[data-implies]");
  if (!roles) return;
  const boxOf = (role) => roles.querySelector(`input[value="${CSS.escape(role)}"]`);
  for (const pair of roles.dataset.implies.split(" ")) {
    const [role, implied] = pair.split(":");
    // Ticking brings what is implied along, and what is implied can't be taken away alone.
    if (boxOf(role)?.checked && boxOf(implied)) boxOf(implied).checked = true;
  }
});

document.addEventListener("htmx:load", prepare);
prepare();
