/* Menus are details elements and work by themselves; this closes them on a click outside, on Escape and when the focus
   leaves, as people expect of a menu. */

const open = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("focusin", (event) => {
  for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of open()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

/* A navigation longer than the screen begins where the person is, not at its top. */
const navigation = document.getElementById("navigation");

function showCurrent() {
  const link = navigation?.querySelector("[aria-current]");
  if (!link) return;
  const { bottom } = link.getBoundingClientRect();
  const end = navigation.getBoundingClientRect().bottom;
  if (bottom > end) navigation.scrollTop += bottom - end + navigation.clientHeight / 4;
}

navigation?.addEventListener("toggle", showCurrent);
showCurrent();
