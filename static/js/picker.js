/* The search box over a long list of boxes. Enter in it searches. On a slow line people go on ticking while the answer is
   on its way, which knows nothing of that: the new list takes over what each box is at the moment it comes. */

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches?.("input[data-search]")) return;
  event.preventDefault();
  document.getElementById(event.target.dataset.search)?.click();
});

const boxesIn = (list) => [...list.querySelectorAll("input[type=checkbox]")];
const choiceOf = (box) => box?.closest(".choice") ?? null;

/* htmx swaps right after it has said so: nothing can be ticked in between. */
let left = null;
let focused = null;

document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  left = target.matches?.(".choices") ? target : null;
  focused = document.activeElement;
});

document.addEventListener("htmx:afterSwap", ({ target }) => {
  if (left && target !== left && target.id === left.id) takeOver(boxesIn(left), target);
});

function takeOver(old, list) {
  const fresh = boxesIn(list);
  const byValue = new Map(fresh.map((box) => [box.value, box]));
  // What the new list lacks goes below the boxes with which both lists begin, such as "all" and what was ticked before.
  const first = fresh.findIndex((box, place) => box.value !== old[place]?.value);
  const below = choiceOf(fresh[first]);
  for (const box of old) {
    if (byValue.has(box.value)) byValue.get(box.value).checked = box.checked;
    else if (box.checked || box === focused) list.insertBefore(choiceOf(box), below);
  }
  if (list.contains(focused)) focused.focus({ preventScroll: true });
  // The sentence that there is nothing to choose from.
  if (boxesIn(list).length) list.querySelector("p.choice")?.remove();
}
