/* The form of a bearer token: choosing a use case fills in its name, and typing a name chooses the use case. The server
   does the same; here it shows before the form is sent. */

const form = document.querySelector("form[data-use-cases]");

if (form) {
  const name = form.elements.name;
  const radios = [...form.querySelectorAll("input[name=use_case]")];
  const own = radios.at(-1);
  const known = (text) => radios.find((radio) => radio !== own && radio.value.toLowerCase() === text.trim().toLowerCase());

  for (const radio of radios) {
    radio.addEventListener("change", () => {
      if (radio === own ? known(name.value) : !name.value.trim() || known(name.value)) name.value = radio === own ? "" : radio.value;
      if (radio === own) name.focus();
    });
  }

  name.addEventListener("input", () => {
    const chosen = known(name.value);
    if (chosen) chosen.checked = true;
    else if (name.value.trim() && !radios.some((radio) => radio.checked)) own.checked = true;
  });
}
