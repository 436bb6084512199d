// A budget, or no limit: ticking the box clears the amount, unticking brings it back, typing an amount unticks the box.
(() => {
    "use strict";

    const setUp = (group) => {
        const amount = group.querySelector("input[data-limit-words]");
        const box = group.querySelector("input[type=checkbox]");
        let last = amount.value;

        const show = () => {
            amount.placeholder = box.checked ? amount.dataset.limitWords : "";
        };
        box.addEventListener("change", () => {
            if (box.checked) {
                last = amount.value || last;
                amount.value = "";
            } else {
                amount.value = last;
                amount.focus();
            }
            show();
        });
        amount.addEventListener("input", () => {
            if (amount.value.trim() !== "") {
                box.checked = false;
            }
            show();
        });
    };

    document.addEventListener("DOMContentLoaded", () => document.querySelectorAll(".bs-limit").forEach(setUp));
})();
