// A form that comes back with errors shows the first: its field where there is one alone, else the summary with its links.
// One for something new begins at the first field that is still empty.
(() => {
    "use strict";

    const focusOn = (field) => {
        const chosen = field.nextElementSibling;
        const target =
            chosen !== null && chosen.matches(".select2") ? chosen.querySelector(".select2-selection") : field;
        target.scrollIntoView({ block: "center" });
        target.focus({ preventScroll: true });
    };

    const fieldOf = (link) => document.getElementById(decodeURIComponent(link.hash.slice(1)));

    const begin = () => {
        const fields = document.querySelectorAll("#content form[id$='_form'] :is(input[type=text], textarea)");
        const first = [...fields].find((field) => field.offsetParent !== null && field.value === "");
        if (first !== undefined) {
            first.focus();
        }
    };

    // After "load", when the library has dressed its fields.
    window.addEventListener("load", () => {
        const summary = document.getElementById("form-errors");
        if (summary === null) {
            if (location.pathname.endsWith("/add/")) {
                begin();
            }
            return;
        }
        const links = [...summary.querySelectorAll("a[href^='#']")];
        links.forEach((link) =>
            link.addEventListener("click", (event) => {
                const field = fieldOf(link);
                if (field !== null) {
                    event.preventDefault();
                    focusOn(field);
                }
            }),
        );
        const only = links.length === 1 ? fieldOf(links[0]) : null;
        if (only !== null) {
            focusOn(only);
        } else {
            summary.scrollIntoView({ block: "center" });
            summary.focus({ preventScroll: true });
        }
    });
})();
