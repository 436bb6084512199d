// A field with a search of its own (select2) has no name for a screen reader: it is given that of its label.
(() => {
    "use strict";

    window.addEventListener("load", () => {
        document.querySelectorAll("select.select2-hidden-accessible").forEach((select) => {
            const label = select.labels[0];
            const selection = select.nextElementSibling.querySelector(".select2-selection");
            if (label === undefined || selection === null) {
                return;
            }
            const name = label.textContent.replace("*", "").trim();
            selection.setAttribute("aria-label", name);
            selection.querySelectorAll("[role=textbox]").forEach((shown) => shown.setAttribute("aria-label", name));
        });
    });
})();
