/* Copy buttons: [data-copy] names the element whose text goes to the clipboard. A copy that fails says so and selects
   the text, so that the person can copy by hand. */

function select(element) {
  const range = document.createRange();
  range.selectNodeContents(element);
  const selection = window.getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}

function note(button, text) {
  const box = button.parentElement;
  let line = box.querySelector(".copy__note");
  if (!line) {
    line = document.createElement("span");
    line.className = "copy__note";
    line.setAttribute("role", "status");
    box.append(line);
  }
  line.textContent = text;
}

function say(text) {
  const announcer = document.getElementById("announcer");
  if (announcer) announcer.textContent = text;
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  if (!source) return;
  const word = button.querySelector("[data-copy-word]") ?? button;
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
  } catch {
    select(source);
    note(button, "Copying did not work. The text is selected: press Ctrl+C, or Cmd+C on a Mac.");
    return;
  }
  button.parentElement.querySelector(".copy__note")?.remove();
  button.dataset.copied = "yes";
  word.textContent = "Copied";
  say(`${button.dataset.copyLabel ?? "Value"} copied`);
  window.setTimeout(() => {
    delete button.dataset.copied;
    word.textContent = "Copy";
  }, 2000);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});
