// The library's page has spans and links without an address that answer the mouse alone, and icons that are words to a
// screen reader ("dock_to_right"). Here they become buttons with a name that answer Enter and the space bar too.
(() => {
    "use strict";

    const NAMES = {
        add: "Add",
        arrow_back: "Back",
        close: "Close",
        dock_to_right: "Show or hide the menu",
        filter_list: "Filters",
        more_horiz: "More",
        search: "Search",
        star: "Favourite",
        tune: "Filters",
    };
    const CLICKABLE = "a:not([href])[x-on\\:click], div[x-on\\:click], span[x-on\\:click], h2[x-on\\:click], h3[x-on\\:click]";

    const iconOf = (element) => {
        const icon = element.matches(".material-symbols-outlined")
            ? element
            : element.querySelector(".material-symbols-outlined");
        return icon === null ? "" : icon.textContent.trim();
    };

    const textOf = (element) => {
        const copy = element.cloneNode(true);
        copy.querySelectorAll(".material-symbols-outlined").forEach((icon) => icon.remove());
        return element.matches(".material-symbols-outlined") ? "" : copy.textContent.trim();
    };

    const name = (element) => {
        if (element.hasAttribute("aria-label") || element.hasAttribute("title") || textOf(element) !== "") {
            return;
        }
        const icon = iconOf(element);
        if (icon !== "") {
            element.setAttribute("aria-label", NAMES[icon] || icon.replaceAll("_", " "));
        }
    };

    const press = (event) => {
        if (event.target === event.currentTarget && (event.key === "Enter" || event.key === " ")) {
            event.preventDefault();
            event.currentTarget.click();
        }
    };

    // What select2 draws in place of a list is named by the value chosen, which is nothing at first.
    const nameChoices = () => {
        document.querySelectorAll("select.select2-hidden-accessible").forEach((select) => {
            const label = select.labels[0] || select.closest("td[data-label]");
            const drawn = select.nextElementSibling;
            if (!label || drawn === null || !drawn.matches(".select2")) {
                return;
            }
            const words = (label.dataset.label || label.textContent).replace("*", "").trim();
            const box = drawn.querySelector(".select2-selection");
            const value = drawn.querySelector(".select2-selection__rendered");
            if (box !== null && value !== null) {
                value.setAttribute("aria-label", words);
                box.setAttribute("aria-label", words);
                box.setAttribute("aria-describedby", value.id);
                box.removeAttribute("aria-labelledby");
            }
            const search = drawn.querySelector(".select2-search__field"); // where several can be chosen
            if (search !== null) {
                search.setAttribute("aria-label", words);
            }
        });
    };
    // Other fields of a table's row have no label of their own either: the column says what they are.
    const nameCells = () => {
        document.querySelectorAll("td[data-label] :is(select, textarea, input:not([type=hidden]))").forEach((field) => {
            if (field.labels !== null && field.labels.length === 0 && !field.hasAttribute("aria-label")) {
                field.setAttribute("aria-label", field.closest("td").dataset.label.replace("*", "").trim());
            }
        });
    };
    document.addEventListener("formset:added", nameCells);
    const isChoice = (node) => node instanceof Element && node.matches(".select2");
    const watch = new MutationObserver((changes) => {
        if (changes.some((change) => [...change.addedNodes].some(isChoice))) {
            nameChoices();
        }
    });

    document.addEventListener("keydown", (event) => {
        const beside = document.getElementById("changelist-filter-close");
        if (event.key === "Escape" && beside !== null && beside.getClientRects().length > 0) {
            beside.click();
        }
    });

    document.addEventListener("DOMContentLoaded", () => {
        nameChoices();
        nameCells();
        watch.observe(document.body, { childList: true, subtree: true });
        const content = document.getElementById("content");
        if (content !== null) {
            content.setAttribute("role", "main");
            content.setAttribute("tabindex", "-1");
        }
        document.querySelectorAll(CLICKABLE).forEach((element) => {
            if (element.id === "changelist-filter-close") {
                return; // the shadow beside the filters: Escape does the same
            }
            element.setAttribute("role", "button");
            element.setAttribute("tabindex", "0");
            element.addEventListener("keydown", press);
            name(element);
        });
        document.querySelectorAll("a[href], button").forEach(name);
        document.querySelectorAll(".material-symbols-outlined:not([role])").forEach((icon) => {
            icon.setAttribute("aria-hidden", "true");
        });
    });
})();
