/* The dialog: htmx puts a fragment into #dialog, this opens it. Focus goes inside by showModal, Escape closes, and
   focus returns to what opened it. Without this script the same address is a page. */

const dialog = document.getElementById("dialog");
let opener = null;

function close() {
  if (dialog.open) dialog.close();
}

if (dialog) {
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target === dialog && !dialog.open) opener = event.detail.elt;
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== dialog) return;
    if (!dialog.childElementCount) close();
    else if (!dialog.open) dialog.showModal();
  });

  dialog.addEventListener("close", () => {
    dialog.replaceChildren();
    if (opener?.isConnected) opener.focus();
    opener = null;
  });

  dialog.addEventListener("click", (event) => {
    if (event.target.closest("[data-dialog-close]")) {
      event.preventDefault();
      close();
    }
  });

  document.addEventListener("dialog:close", close);
}
