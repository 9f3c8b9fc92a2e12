// Forms with data-short-address leave what is empty out of the address that they lead to.
document.addEventListener("htmx:configRequest", (event) => {
  const { elt, formData } = event.detail;
  if (!elt.closest("[data-short-address]")) return;
  for (const [name, value] of [...formData]) {
    if (!value) formData.delete(name);
  }
});
